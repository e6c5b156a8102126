package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The report, looked at in a browser on a phone and on a desktop. */
@Timeout(300)
class ReportIT {
  private static final Path SCREENSHOTS = Path.of("target/screenshots").toAbsolutePath();
  private static final String HOSTILE = "</script><script>document.title='taken'</script>";

  @Test
  void looksRightOnAPhoneAndOnADesktop() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      Path page = report(world);
      try (Browser browser = new Browser(world.scratch())) {
        for (int width : new int[] {390, 1280}) {
          browser.open(page, width, 1400);
          String text = browser.run("return document.body.innerText").asText();
          assertTrue(
              text.contains("podman/" + world.name) && text.contains("saved over copies"), text);
          assertEquals(0, wide(browser), "scrolls sideways at " + width);
          assertTrue(browser.run("return document.title").asText().contains(world.name));
          showsAFilesHistory(browser);
          assertEquals(0, wide(browser), "scrolls sideways at " + width);
          Path png = SCREENSHOTS.resolve("report-" + width + ".png");
          browser.screenshot(png);
          assertFalse(isBlank(png), png.toString());
        }
      }
    }
  }

  private static Path report(World world) throws Exception {
    String name = world.name;
    String ready = "echo ready; exec sleep 1000";
    world.start(List.of(), Images.FIRST, "sh", "-c", ready).await("ready");
    for (String step :
        List.of(
            "printf 'port = 80\\n' > conf; mkdir -p a-long-name-of-a-folder/another-one/and-one",
            "sed -i s/80/8080/ conf; echo \"" + HOSTILE + "\" > '<b>hostile'",
            "mv conf settings; echo log >> a-long-name-of-a-folder/another-one/and-one/file.log",
            "head -c 300000 /dev/urandom > data; echo log >> log")) {
      world.podman("exec", name, "sh", "-c", "cd /data; " + step);
      world.commit(name);
    }
    world.killAndRemove();
    Path page = world.scratch().resolve("report.html");
    world.cli("report", name, "--out", page.toString()).expect(0);
    world.cli("report", "none", "--out", page.toString()).expect(3);
    String html = Files.readString(page);
    assertFalse(
        html.contains("http://") && !html.contains("http://www.w3.org/2000/svg"), "network");
    assertFalse(html.contains("src=") || html.contains("href="), "loads something");
    return page;
  }

  /** How far it can be scrolled sideways. */
  private static int wide(Browser browser) throws Exception {
    String script = "const e = document.documentElement; return e.scrollWidth - e.clientWidth";
    return browser.run(script).asInt();
  }

  private static void showsAFilesHistory(Browser browser) throws Exception {
    String click =
        "[...document.querySelectorAll('#paths .row')]"
            + ".find(row => row.textContent.includes('settings')).click();"
            + "return document.getElementById('history').innerText";
    String history = browser.run(click).asText();
    assertTrue(history.contains("from /data/conf"), history);
    assertTrue(history.contains("-port = 80\n+port = 8080"), history);
  }

  private static boolean isBlank(Path png) throws Exception {
    BufferedImage image = ImageIO.read(png.toFile());
    Set<Integer> colours = new HashSet<>();
    for (int x = 0; x < image.getWidth(); x += 3) {
      for (int y = 0; y < image.getHeight(); y += 3) {
        colours.add(image.getRGB(x, y));
      }
    }
    return colours.size() < 10;
  }
}
