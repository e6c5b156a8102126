package io.diffkeeper.bpf.libbpf;

import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.Delegate;
import jnr.ffi.types.size_t;

/** The C functions, as libbpf.h and libc declare them. Loaded at first use. */
final class Native {
  private static Native instance;

  final Libbpf libbpf;
  final Libc libc;
  final BpfLog log;

  private Native() {
    libc = LibraryLoader.create(Libc.class).failImmediately().load("c");
    libbpf = LibraryLoader.create(Libbpf.class).failImmediately().load("libbpf.so.1");
    log = new BpfLog(this);
    libbpf.libbpf_set_print(log);
  }

  /**
   * The loaded libraries.
   *
   * @throws BpfException if the machine has no libbpf 1.x
   */
  static synchronized Native get() {
    if (instance == null) {
      try {
        instance = new Native();
      } catch (LinkageError e) {
        throw new BpfException("dlopen", 0, "libbpf.so.1 cannot be loaded", e);
      }
    }
    return instance;
  }

  Runtime runtime() {
    return Runtime.getRuntime(libbpf);
  }

  /** The failure of a call that set errno just now. */
  BpfException failure(String call) {
    return failure(call, LastError.getLastError(runtime()));
  }

  /** The failure of a call with what libbpf logged since the last failure. */
  BpfException failure(String call, int errno) {
    String said = log.take();
    String detail = libc.strerror(errno) + (said.isEmpty() ? "" : " (" + said + ")");
    return new BpfException(call, errno, detail, null);
  }

  /** Throws if a result is a negative error number. */
  int check(String call, int result) {
    if (result < 0) {
      throw failure(call, -result);
    }
    return result;
  }

  /** Throws if a result is null, with errno. */
  Pointer check(String call, Pointer result) {
    if (result == null) {
      throw failure(call);
    }
    return result;
  }

  /** The part of libbpf 1.0 that is used; public, as jnr implements it from another package. */
  public interface Libbpf {
    Pointer libbpf_set_print(Print print);

    Pointer bpf_object__open_file(String path, Pointer options);

    int bpf_object__load(Pointer object);

    void bpf_object__close(Pointer object);

    Pointer bpf_object__find_map_by_name(Pointer object, String name);

    Pointer bpf_object__next_program(Pointer object, Pointer previous);

    Pointer bpf_program__attach(Pointer program);

    int bpf_link__destroy(Pointer link);

    int bpf_map__value_size(Pointer map);

    int bpf_map__set_max_entries(Pointer map, int entries);

    int bpf_map__fd(Pointer map);

    int bpf_map_update_elem(int fd, Pointer key, Pointer value, long flags);

    int bpf_map_lookup_elem(int fd, Pointer key, Pointer value);

    Pointer ring_buffer__new(int fd, Sample sample, Pointer context, Pointer options);

    int ring_buffer__epoll_fd(Pointer ring);

    int ring_buffer__consume(Pointer ring);

    void ring_buffer__free(Pointer ring);
  }

  /** The part of libc that is used. */
  public interface Libc {
    String strerror(int errno);

    /** A va_list parameter is, on every architecture that the JDK has, passed as an address. */
    int vsnprintf(Pointer to, @size_t long bytes, Pointer format, Pointer arguments);
  }

  /** libbpf_print_fn_t. */
  public interface Print {
    @Delegate
    int print(int level, Pointer format, Pointer arguments);
  }

  /** ring_buffer_sample_fn. */
  public interface Sample {
    @Delegate
    int sample(Pointer context, Pointer data, @size_t long bytes);
  }
}
