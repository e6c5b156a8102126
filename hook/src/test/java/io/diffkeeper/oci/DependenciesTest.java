package io.diffkeeper.oci;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class DependenciesTest {
  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.diffkeeper.oci", "io.diffkeeper.config");

  @Test
  void ociUsesStreamingJsonAndTheTreeOnly() {
    classes()
        .that()
        .resideInAPackage("io.diffkeeper.oci")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "com.fasterxml.jackson.core..",
            "io.diffkeeper",
            "io.diffkeeper.tree",
            "io.diffkeeper.oci")
        .check(OURS);
  }

  @Test
  void configUsesTheJdkOnly() {
    classes()
        .that()
        .resideInAPackage("io.diffkeeper.config")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", "io.diffkeeper", "io.diffkeeper.config")
        .check(OURS);
  }
}
