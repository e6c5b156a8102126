package io.diffkeeper.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * CRI-O. It reads hooks.d by itself, so pods of any handler are kept; our handler adds that what
 * can't be kept does not start, and has the same name as on other engines.
 */
final class Crio extends DropIn {
  Crio(Path main) {
    super(main);
  }

  @Override
  List<String> lines(Handler handler) {
    List<String> lines = new ArrayList<>();
    if (handler.makeDefault()) {
      lines.addAll(List.of("[crio.runtime]", "default_runtime = \"" + handler.name() + "\""));
    }
    lines.addAll(
        List.of(
            "[crio.runtime.runtimes." + handler.name() + "]",
            "runtime_path = \"" + handler.program() + "\"",
            "runtime_type = \"oci\"",
            "runtime_root = \"/run/runc\""));
    return lines;
  }

  @Override
  public String afterwards() {
    return "restart CRI-O (systemctl restart crio): containers go on meanwhile";
  }
}
