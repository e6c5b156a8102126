package io.diffkeeper;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;

/** Holds the table of docs/ARCHITECTURE.md: which package may use which. */
@AnalyzeClasses(packages = "io.diffkeeper", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String US = "io.diffkeeper";

  @ArchTest static final ArchRule treeUsesNothing = uses("tree");
  @ArchTest static final ArchRule sysUsesNothing = uses("sys", "com.kenai.jffi..");
  @ArchTest static final ArchRule filesUse = uses("files", "sys", "tree");
  @ArchTest static final ArchRule logUses = uses("log", "sys");

  @ArchTest static final ArchRule deltaUses = uses("delta", "com.github.luben..");

  @ArchTest
  static final ArchRule storeUses =
      uses(
          "store",
          "tree",
          "delta",
          "org.lmdbjava..",
          "com.github.luben..",
          "org.apache.commons.codec..");

  @ArchTest static final ArchRule replayUses = uses("replay", "store", "files", "sys", "tree");

  @ArchTest
  static final ArchRule captureUses = uses("capture", "store", "files", "sys", "tree", "bpf");

  @ArchTest static final ArchRule ociUses = uses("oci", "tree", "com.fasterxml.jackson.core..");

  @ArchTest static final ArchRule engineUses = uses("engine", "com.fasterxml.jackson.core..");

  @ArchTest static final ArchRule configUses = uses("config");

  @ArchTest
  static final ArchRule historyUses = uses("history", "store", "tree", "com.github.difflib..");

  @ArchTest
  static final ArchRule reportUses =
      uses("report", "history", "store", "tree", "com.fasterxml.jackson.core..");

  @ArchTest static final ArchRule archiveUses = uses("archive", "store", "tree");

  @ArchTest
  static final ArchRule keeperDoesNotKnowTheCommandLine =
      noClasses()
          .that()
          .resideInAPackage(US + ".keeper")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(US + ".cli");

  @ArchTest
  static final ArchRule jnrIsBehindTheGates =
      noClasses()
          .that()
          .resideOutsideOfPackages(US + ".sys", US + ".bpf.libbpf", US + ".bpf.notify")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("jnr..", "com.kenai.jffi..");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching(US + ".(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule onlyMainsExit =
      noClasses()
          .that()
          .resideOutsideOfPackages(US + ".cli", US + ".keeper")
          .should()
          .callMethod(System.class, "exit", int.class)
          .orShould()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err");

  /** A package may use these of ours, these libraries, the JDK, and the exit codes. */
  private static ArchRule uses(String name, String... others) {
    List<String> allowed = new ArrayList<>(List.of("java..", US, US + "." + name));
    for (String other : others) {
      allowed.add(other.contains(".") ? other : US + "." + other);
    }
    return classes()
        .that()
        .resideInAPackage(US + "." + name)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(allowed.toArray(String[]::new));
  }
}
