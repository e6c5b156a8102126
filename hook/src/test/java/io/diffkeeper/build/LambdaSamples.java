package io.diffkeeper.build;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.IntToLongFunction;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;

/** Lambdas of all shapes that Java has. */
final class LambdaSamples implements Callable<List<Object>> {
  private final List<Object> seen = new ArrayList<>();
  private final String own = "own";

  private interface Greeting {
    String name();

    private String greeting() {
      Supplier<String> hello = () -> "hello " + name();
      return hello.get();
    }
  }

  private static final class Inner {
    private final int number;

    private Inner(int number) {
      this.number = number;
    }

    private int doubled() {
      return 2 * number;
    }
  }

  private static int half(int number) {
    return number / 2;
  }

  private boolean note(Object what) {
    return seen.add(what);
  }

  @Override
  public List<Object> call() {
    long big = 1L << 40;
    double part = 0.5;
    byte small = 3;
    Supplier<Object> captures = () -> own + big + part + small;
    note(captures.get());
    note(captures.getClass().isHidden());
    IntToLongFunction widens = LambdaSamples::half;
    note(widens.applyAsLong(9));
    Function<Integer, Integer> boxes = LambdaSamples::half;
    note(boxes.apply(9));
    ToLongFunction<Integer> unboxes = Integer::intValue;
    note(unboxes.applyAsLong(9));
    ToLongFunction<Integer> widensBoxed = number -> number;
    note(widensBoxed.applyAsLong(7));
    DoubleUnaryOperator doubles = x -> x * part;
    note(doubles.applyAsDouble(3));
    IntFunction<Inner> makes = Inner::new;
    note(makes.apply(4).number);
    IntFunction<long[]> makesArrays = long[]::new;
    note(makesArrays.apply(4).length);
    Function<Inner, Integer> onArgument = Inner::doubled;
    note(onArgument.apply(new Inner(5)));
    LongConsumer drops = this::note;
    drops.accept(6);
    BiFunction<List<String>, Integer, Object> onInterface = List::get;
    note(onInterface.apply(List.of("a", "b"), 1));
    UnaryOperator<String> generic = String::trim;
    note(generic.apply(" x "));
    Function<Integer, Function<Integer, Integer>> nested = a -> b -> a - b;
    note(nested.apply(9).apply(2));
    Runnable drops2 = () -> Long.sum(1, big);
    drops2.run();
    Greeting greeting = () -> own;
    note(greeting.greeting());
    return seen;
  }
}
