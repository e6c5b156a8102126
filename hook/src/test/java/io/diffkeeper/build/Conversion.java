package io.diffkeeper.build;

import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** Converts the value on the stack as a lambda's interface and its body need it. */
final class Conversion {
  private static final int[] WIDER = {
    Opcodes.NOP, Opcodes.I2L, Opcodes.I2F, Opcodes.I2D, Opcodes.L2F, Opcodes.L2D, Opcodes.F2D
  };
  private static final String[] WIDENED = {"II", "IJ", "IF", "ID", "JF", "JD", "FD"};

  private Conversion() {}

  /**
   * An argument's.
   *
   * @param given as the interface declares it
   * @param actual as it is here; a reference if that is one
   * @param wanted by the body
   */
  static void write(MethodVisitor code, Type given, Type actual, Type wanted) {
    if (isPrimitive(given)) {
      fromPrimitive(code, given, wanted);
      return;
    }
    if (!given.equals(actual)) {
      code.visitTypeInsn(Opcodes.CHECKCAST, actual.getInternalName());
    }
    if (isPrimitive(wanted)) {
      unbox(code, actual, wanted);
    }
  }

  /**
   * A result's.
   *
   * @param result the body's
   * @param due by the interface's declaration
   */
  static void result(MethodVisitor code, Type result, Type due) {
    if (due.equals(Type.VOID_TYPE)) {
      if (!result.equals(Type.VOID_TYPE)) {
        code.visitInsn(result.getSize() == 2 ? Opcodes.POP2 : Opcodes.POP);
      }
    } else if (isPrimitive(result)) {
      fromPrimitive(code, result, due);
    } else if (isPrimitive(due)) {
      unbox(code, result, due);
    }
  }

  private static boolean isPrimitive(Type type) {
    return type.getSort() < Type.ARRAY;
  }

  private static void fromPrimitive(MethodVisitor code, Type from, Type to) {
    if (isPrimitive(to)) {
      widen(code, from, to);
      return;
    }
    Type box = box(from);
    String descriptor = Type.getMethodDescriptor(box, from);
    code.visitMethodInsn(Opcodes.INVOKESTATIC, box.getInternalName(), "valueOf", descriptor, false);
  }

  /** What is not known as a box, as {@code T extends Number} is not, is that of what it becomes. */
  private static void unbox(MethodVisitor code, Type from, Type to) {
    Type inside = to;
    for (char sort : "ZCBSIJFD".toCharArray()) {
      Type primitive = Type.getType(String.valueOf(sort));
      inside = box(primitive).equals(from) ? primitive : inside;
    }
    Type box = box(inside);
    if (!box.equals(from)) {
      code.visitTypeInsn(Opcodes.CHECKCAST, box.getInternalName());
    }
    String method = inside.getClassName() + "Value";
    String descriptor = Type.getMethodDescriptor(inside);
    code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, box.getInternalName(), method, descriptor, false);
    widen(code, inside, to);
  }

  private static void widen(MethodVisitor code, Type from, Type to) {
    String wish = kind(from) + kind(to);
    if (wish.charAt(0) == wish.charAt(1)) {
      return;
    }
    for (int i = 0; i < WIDENED.length; i++) {
      if (WIDENED[i].equals(wish)) {
        code.visitInsn(WIDER[i]);
        return;
      }
    }
    throw new IllegalArgumentException(from + " is not converted to " + to);
  }

  /** As the machine has it on its stack. */
  private static String kind(Type type) {
    return "ZCBSI".contains(type.getDescriptor()) ? "I" : type.getDescriptor();
  }

  private static Type box(Type primitive) {
    return Type.getObjectType(
        switch (primitive.getSort()) {
          case Type.BOOLEAN -> "java/lang/Boolean";
          case Type.CHAR -> "java/lang/Character";
          case Type.BYTE -> "java/lang/Byte";
          case Type.SHORT -> "java/lang/Short";
          case Type.INT -> "java/lang/Integer";
          case Type.LONG -> "java/lang/Long";
          case Type.FLOAT -> "java/lang/Float";
          default -> "java/lang/Double";
        });
  }
}
