package io.diffkeeper.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/**
 * Passes signals on. The JDK's class for this is not part of its documented interface, so it is
 * looked up at run time; where it is missing, signals end this process as usual.
 */
final class Signals {
  private static final String[] PASSED = {"HUP", "INT", "TERM", "USR1", "USR2", "WINCH"};

  private Signals() {}

  /** Gives every signal that is to be passed on to {@code receiver}, by its number. */
  static void passTo(IntConsumer receiver) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      InvocationHandler pass =
          (proxy, method, arguments) -> {
            receiver.accept((Integer) signal.getMethod("getNumber").invoke(arguments[0]));
            return null;
          };
      Object proxy =
          Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, pass);
      for (String name : PASSED) {
        Object number = signal.getConstructor(String.class).newInstance(name);
        signal.getMethod("handle", signal, handler).invoke(null, number, proxy);
      }
    } catch (ReflectiveOperationException unavailable) {
      // Then a signal ends this process, and its kernel-side children get it from the terminal.
    }
  }
}
