package io.diffkeeper.shim;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Holds the table of docs/ARCHITECTURE.md: which package may use which. */
@AnalyzeClasses(
    packages = "io.diffkeeper.shim",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ShimArchitectureTest {
  private static final String US = "io.diffkeeper";

  @ArchTest
  static final ArchRule ttrpcKnowsNothingOfUs =
      classes()
          .that()
          .resideInAPackage(US + ".shim.ttrpc..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("java..", "com.google.protobuf..", US + ".shim.ttrpc..");

  @ArchTest
  static final ArchRule adoptionKnowsNoProtocol =
      noClasses()
          .that()
          .resideInAPackage(US + ".shim.adoption")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("com.google.protobuf..", US + ".shim.ttrpc..", US + ".shim.nri..");

  @ArchTest
  static final ArchRule onlyEventsKnowGrpc =
      noClasses()
          .that()
          .resideOutsideOfPackage(US + ".shim.events..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.grpc..", "io.netty..");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching(US + ".shim.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule onlyTheMainExits =
      noClasses()
          .that()
          .doNotHaveSimpleName("ShimMain")
          .should()
          .callMethod(System.class, "exit", int.class);
}
