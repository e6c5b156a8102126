package io.diffkeeper.build;

import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * The class of one lambda: what it has captured in fields, and the one method of its interface,
 * which converts arguments and result as {@link java.lang.invoke.LambdaMetafactory} does.
 *
 * @param name the class's internal name
 * @param method the interface's method
 * @param site takes what is captured, gives the interface
 * @param erased the interface's method as it is declared
 * @param body what is to be called
 * @param actual the interface's method with the types that it has here
 */
record LambdaClass(String name, String method, Type site, Type erased, Handle body, Type actual) {
  /** The static method that takes what is captured. */
  static final String FACTORY = "of";

  private static final Type OBJECT = Type.getType(Object.class);
  private static final String INIT = "<init>";

  /** The class file. */
  byte[] bytes(int version, String nestHost) {
    ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    String face = site.getReturnType().getInternalName();
    int access = Opcodes.ACC_FINAL | Opcodes.ACC_SUPER | Opcodes.ACC_SYNTHETIC;
    writer.visit(version, access, name, null, OBJECT.getInternalName(), new String[] {face});
    writer.visitNestHost(nestHost);
    Type[] captured = site.getArgumentTypes();
    for (int i = 0; i < captured.length; i++) {
      int field = Opcodes.ACC_PRIVATE | Opcodes.ACC_FINAL;
      writer.visitField(field, field(i), captured[i].getDescriptor(), null, null).visitEnd();
    }
    constructor(writer, captured);
    factory(writer, captured);
    call(writer, captured);
    writer.visitEnd();
    return writer.toByteArray();
  }

  private static String field(int number) {
    return "captured" + number;
  }

  private void constructor(ClassWriter writer, Type[] captured) {
    String descriptor = Type.getMethodDescriptor(Type.VOID_TYPE, captured);
    MethodVisitor code = writer.visitMethod(Opcodes.ACC_PRIVATE, INIT, descriptor, null, null);
    code.visitCode();
    code.visitVarInsn(Opcodes.ALOAD, 0);
    code.visitMethodInsn(Opcodes.INVOKESPECIAL, OBJECT.getInternalName(), INIT, "()V", false);
    int at = 1;
    for (int i = 0; i < captured.length; i++) {
      code.visitVarInsn(Opcodes.ALOAD, 0);
      code.visitVarInsn(captured[i].getOpcode(Opcodes.ILOAD), at);
      code.visitFieldInsn(Opcodes.PUTFIELD, name, field(i), captured[i].getDescriptor());
      at += captured[i].getSize();
    }
    code.visitInsn(Opcodes.RETURN);
    code.visitMaxs(0, 0);
  }

  private void factory(ClassWriter writer, Type[] captured) {
    MethodVisitor code =
        writer.visitMethod(Opcodes.ACC_STATIC, FACTORY, site.getDescriptor(), null, null);
    code.visitCode();
    code.visitTypeInsn(Opcodes.NEW, name);
    code.visitInsn(Opcodes.DUP);
    int at = 0;
    for (Type type : captured) {
      code.visitVarInsn(type.getOpcode(Opcodes.ILOAD), at);
      at += type.getSize();
    }
    String descriptor = Type.getMethodDescriptor(Type.VOID_TYPE, captured);
    code.visitMethodInsn(Opcodes.INVOKESPECIAL, name, INIT, descriptor, false);
    code.visitInsn(Opcodes.ARETURN);
    code.visitMaxs(0, 0);
  }

  private void call(ClassWriter writer, Type[] captured) {
    MethodVisitor code =
        writer.visitMethod(Opcodes.ACC_PUBLIC, method, erased.getDescriptor(), null, null);
    code.visitCode();
    boolean makes = body.getTag() == Opcodes.H_NEWINVOKESPECIAL;
    if (makes) {
      code.visitTypeInsn(Opcodes.NEW, body.getOwner());
      code.visitInsn(Opcodes.DUP);
    }
    Type[] wanted = wanted();
    for (int i = 0; i < captured.length; i++) {
      code.visitVarInsn(Opcodes.ALOAD, 0);
      code.visitFieldInsn(Opcodes.GETFIELD, name, field(i), captured[i].getDescriptor());
    }
    Type[] given = erased.getArgumentTypes();
    int at = 1;
    for (int i = 0; i < given.length; i++) {
      code.visitVarInsn(given[i].getOpcode(Opcodes.ILOAD), at);
      at += given[i].getSize();
      Conversion.write(code, given[i], actual.getArgumentTypes()[i], wanted[captured.length + i]);
    }
    code.visitMethodInsn(
        opcode(), body.getOwner(), body.getName(), body.getDesc(), body.isInterface());
    Type result = makes ? Type.getObjectType(body.getOwner()) : Type.getReturnType(body.getDesc());
    Type due = erased.getReturnType();
    Conversion.result(code, result, due);
    code.visitInsn(due.getOpcode(Opcodes.IRETURN));
    code.visitMaxs(0, 0);
  }

  /** What the body takes, the object that it is called on included. */
  private Type[] wanted() {
    Type[] arguments = Type.getArgumentTypes(body.getDesc());
    boolean onObject =
        body.getTag() != Opcodes.H_INVOKESTATIC && body.getTag() != Opcodes.H_NEWINVOKESPECIAL;
    if (!onObject) {
      return arguments;
    }
    Type[] all = new Type[arguments.length + 1];
    all[0] = Type.getObjectType(body.getOwner());
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return all;
  }

  private int opcode() {
    return switch (body.getTag()) {
      case Opcodes.H_INVOKESTATIC -> Opcodes.INVOKESTATIC;
      case Opcodes.H_NEWINVOKESPECIAL -> Opcodes.INVOKESPECIAL;
      case Opcodes.H_INVOKEINTERFACE -> Opcodes.INVOKEINTERFACE;
      case Opcodes.H_INVOKEVIRTUAL -> Opcodes.INVOKEVIRTUAL;
      // A private method of the nest, which is called as any other there.
      case Opcodes.H_INVOKESPECIAL ->
          body.isInterface() ? Opcodes.INVOKEINTERFACE : Opcodes.INVOKEVIRTUAL;
      default -> throw new IllegalArgumentException(name + " calls " + body);
    };
  }
}
