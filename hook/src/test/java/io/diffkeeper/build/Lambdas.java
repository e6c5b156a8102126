package io.diffkeeper.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Gives every lambda of a jar a class of its own. Java would make one at run time, or take it out
 * of the archive of classes; even that takes 0.15 ms for each, and a start comes by a hundred.
 *
 * <p>A call site becomes a call of {@link LambdaClass#FACTORY}; the new classes are of the nest of
 * the class that has the lambda, and so may call what is private there. The order of a jar's
 * entries and their times stay, so that equal jars give equal jars.
 */
public final class Lambdas {
  private static final String METAFACTORY = "java/lang/invoke/LambdaMetafactory";

  /** New classes by their names, for each host of a nest. */
  private final Map<String, List<String>> nests = new TreeMap<>();

  private final Map<String, byte[]> made = new TreeMap<>();

  private Lambdas() {}

  /** Rewrites the jars that are named. */
  public static void main(String[] jars) throws IOException {
    for (String jar : jars) {
      rewrite(Path.of(jar));
    }
  }

  /** Rewrites a jar in its place. */
  static void rewrite(Path jar) throws IOException {
    Map<JarEntry, byte[]> entries = read(jar);
    Lambdas lambdas = new Lambdas();
    entries.replaceAll((entry, bytes) -> isClass(entry) ? lambdas.separated(bytes) : bytes);
    entries.replaceAll((entry, bytes) -> isClass(entry) ? lambdas.asHost(bytes) : bytes);
    Path fresh = jar.resolveSibling(jar.getFileName() + ".new");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(fresh))) {
      long time = 0;
      for (Map.Entry<JarEntry, byte[]> entry : entries.entrySet()) {
        time = entry.getKey().getTime();
        write(out, entry.getKey().getName(), time, entry.getValue());
      }
      for (Map.Entry<String, byte[]> entry : lambdas.made.entrySet()) {
        write(out, entry.getKey() + ".class", time, entry.getValue());
      }
    }
    Files.move(fresh, jar, StandardCopyOption.REPLACE_EXISTING);
  }

  private static boolean isClass(JarEntry entry) {
    return entry.getName().endsWith(".class");
  }

  private static Map<JarEntry, byte[]> read(Path jar) throws IOException {
    Map<JarEntry, byte[]> entries = new LinkedHashMap<>();
    try (JarFile file = new JarFile(jar.toFile())) {
      for (JarEntry entry : Collections.list(file.entries())) {
        entries.put(entry, file.getInputStream(entry).readAllBytes());
      }
    }
    return entries;
  }

  private static void write(JarOutputStream out, String name, long time, byte[] bytes)
      throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTime(time);
    out.putNextEntry(entry);
    out.write(bytes);
    out.closeEntry();
  }

  /** The class with calls in place of its lambdas. */
  private byte[] separated(byte[] bytes) {
    ClassReader reader = new ClassReader(bytes);
    ClassWriter writer = new ClassWriter(0); // not the reader's, whose bootstrap methods would stay
    reader.accept(new Separation(writer), 0);
    return writer.toByteArray();
  }

  /** The class with the new members of its nest, if it is the nest's host. */
  private byte[] asHost(byte[] bytes) {
    ClassReader reader = new ClassReader(bytes);
    List<String> members = nests.get(reader.getClassName());
    if (members == null) {
      return bytes;
    }
    ClassWriter writer = new ClassWriter(reader, 0);
    reader.accept(writer, 0);
    members.forEach(writer::visitNestMember);
    return writer.toByteArray();
  }

  private final class Separation extends ClassVisitor {
    private String name;
    private String host;
    private int version;
    private int count;

    Separation(ClassVisitor next) {
      super(Opcodes.ASM9, next);
    }

    @Override
    public void visit(
        int version, int access, String name, String signature, String above, String[] faces) {
      this.version = version;
      this.name = name;
      this.host = name;
      super.visit(version, access, name, signature, above, faces);
    }

    @Override
    public void visitNestHost(String host) {
      this.host = host;
      super.visitNestHost(host);
    }

    @Override
    public MethodVisitor visitMethod(
        int access, String method, String descriptor, String signature, String[] thrown) {
      MethodVisitor next = super.visitMethod(access, method, descriptor, signature, thrown);
      return new MethodVisitor(Opcodes.ASM9, next) {
        @Override
        public void visitInvokeDynamicInsn(
            String method, String site, Handle bootstrap, Object... arguments) {
          if (bootstrap.getOwner().equals(METAFACTORY)
              && bootstrap.getName().equals("metafactory")) {
            String own = separate(method, site, arguments);
            super.visitMethodInsn(Opcodes.INVOKESTATIC, own, LambdaClass.FACTORY, site, false);
          } else {
            super.visitInvokeDynamicInsn(method, site, bootstrap, arguments);
          }
        }
      };
    }

    private String separate(String method, String site, Object[] arguments) {
      String own = name + "$Lambda" + ++count;
      LambdaClass lambda =
          new LambdaClass(
              own,
              method,
              Type.getMethodType(site),
              (Type) arguments[0],
              (Handle) arguments[1],
              (Type) arguments[2]);
      made.put(own, lambda.bytes(version, host));
      nests.computeIfAbsent(host, of -> new ArrayList<>()).add(own);
      return own;
    }
  }
}
