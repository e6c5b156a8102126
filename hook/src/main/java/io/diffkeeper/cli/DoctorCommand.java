package io.diffkeeper.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code diffkeeper doctor}: what this host can do. */
@Command(
    name = "doctor",
    description = {
      "Tell what this host can do, and what to do about what it can't.",
      "ok: as it should be. degraded: it works, but not as well as it could. broken: something"
          + " will fail."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  diffkeeper doctor",
      "  diffkeeper doctor --json | jq '.[] | select(.state != \"ok\")'"
    })
final class DoctorCommand implements Callable<Integer> {
  @Mixin StoreOptions options;

  @Mixin OutputOptions output;

  @Override
  public Integer call() {
    List<Finding> findings = Doctor.look(options.configuration());
    if (output.json) {
      Output rows = output.table("CHECK", "STATE", "DETAIL", "ADVICE");
      for (Finding found : findings) {
        rows.row(
            found.check(),
            found.health(),
            found.detail(),
            found.advice().isEmpty() ? null : found.advice());
      }
      rows.end();
    } else {
      Screen screen = Screen.out();
      findings.forEach(found -> print(found, screen));
    }
    return 0;
  }

  private void print(Finding found, Screen screen) {
    String padded = String.format("%-9s", found.health());
    String state =
        switch (found.health()) {
          case OK -> screen.good(padded);
          case DEGRADED -> screen.warning(padded);
          case BROKEN -> screen.bad(padded);
        };
    output.out().println(state + screen.heading(found.check()) + ": " + found.detail());
    if (!found.advice().isEmpty()) {
      output.out().println("         -> " + found.advice());
    }
  }
}
