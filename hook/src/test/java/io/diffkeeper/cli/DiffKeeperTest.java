package io.diffkeeper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class DiffKeeperTest {
  @Test
  void describesEveryCommandAloneAsAmongAll() {
    DiffKeeper.commandLine()
        .getSubcommands()
        .forEach(
            (name, among) -> {
              CommandLine alone = DiffKeeper.alone(name);
              assertNotNull(alone, name);
              String usage = alone.getSubcommands().get(name).getUsageMessage();
              assertEquals(among.getUsageMessage(), usage);
            });
  }

  @Test
  void saysTheSameOfItselfWithLessOfItsCommands() {
    String usage = DiffKeeper.commandLine().getUsageMessage();
    assertEquals(usage, DiffKeeper.summary().getUsageMessage());
  }

  @Test
  void asksForACommandThatIsMeant() {
    assertEquals(
        "unknown command 'lgo', did you mean 'log'? (try 'diffkeeper --help')",
        DiffKeeper.unknown("lgo"));
    assertEquals(
        "unknown command 'frobnicate' (try 'diffkeeper --help')", DiffKeeper.unknown("frobnicate"));
  }

  @Test
  void findsNoCommandOfAnotherName() {
    assertNull(DiffKeeper.alone("--help"));
    assertNull(DiffKeeper.alone("LS"));
  }
}
