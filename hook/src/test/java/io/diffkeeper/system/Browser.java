package io.diffkeeper.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Headless Chromium, driven as the WebDriver specification of the W3C has it. */
final class Browser implements AutoCloseable {
  private static final Pattern PORT = Pattern.compile("started successfully on port ([0-9]+)");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process driver;
  private final String session;

  /**
   * Starts it.
   *
   * @param folder for what it leaves
   */
  Browser(Path folder) throws IOException, InterruptedException {
    Path log = folder.resolve("chromedriver.log");
    this.driver =
        new ProcessBuilder("chromedriver", "--port=0")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Await.until("chromedriver is up", () -> port(log) != null, () -> read(log));
    String url = "http://127.0.0.1:" + port(log) + "/session";
    List<String> arguments =
        List.of(
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--user-data-dir=" + folder + "/profile");
    Map<String, Object> options = Map.of("goog:chromeOptions", Map.of("args", arguments));
    JsonNode made = post(url, Map.of("capabilities", Map.of("alwaysMatch", options)));
    this.session = url + "/" + made.get("sessionId").asText();
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException none) {
      return "";
    }
  }

  private static String port(Path log) {
    Matcher port = PORT.matcher(read(log));
    return port.find() ? port.group(1) : null;
  }

  private JsonNode send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    JsonNode value = JSON.readTree(answer.body()).get("value");
    if (answer.statusCode() != 200) {
      throw new AssertionError(answer.body());
    }
    return value;
  }

  private JsonNode post(String url, Object body) throws IOException, InterruptedException {
    String text = JSON.writeValueAsString(body);
    return send(
        HttpRequest.newBuilder(URI.create(url)).POST(HttpRequest.BodyPublishers.ofString(text)));
  }

  void open(Path page, int width, int height) throws IOException, InterruptedException {
    Map<String, Object> metrics =
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false);
    post(
        session + "/goog/cdp/execute",
        Map.of("cmd", "Emulation.setDeviceMetricsOverride", "params", metrics));
    post(session + "/url", Map.of("url", page.toUri().toString()));
  }

  /** What a script returns. */
  JsonNode run(String script) throws IOException, InterruptedException {
    return post(session + "/execute/sync", Map.of("script", script, "args", List.of()));
  }

  /** Writes what it shows as a PNG. */
  void screenshot(Path to) throws IOException, InterruptedException {
    JsonNode png = send(HttpRequest.newBuilder(URI.create(session + "/screenshot")).GET());
    Files.createDirectories(to.getParent());
    Files.write(to, Base64.getDecoder().decode(png.asText()));
  }

  @Override
  public void close() throws IOException {
    try {
      send(HttpRequest.newBuilder(URI.create(session)).DELETE());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      driver.destroy();
    }
  }
}
