package io.diffkeeper.shim.nri;

import com.google.protobuf.InvalidProtocolBufferException;
import io.diffkeeper.shim.adoption.Sighting;
import io.diffkeeper.shim.nri.api.Nri;
import io.diffkeeper.shim.ttrpc.RpcException;
import io.diffkeeper.shim.ttrpc.Service;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Answers a runtime's calls over one connection. A runtime calls one plugin at a time, with a lock
 * on all of its containers, and drops one that is slow: nothing here reads, writes or waits.
 */
final class Plugin implements Service {
  private static final String SERVICE = "nri.pkg.api.v1alpha1.Plugin";

  /** Those that every version of NRI knows; it takes no mask with bits that it does not know. */
  private static final int EVENTS =
      bit(Nri.Event.CREATE_CONTAINER) | bit(Nri.Event.POST_START_CONTAINER);

  private final Injection injection;
  private final Consumer<Sighting> sightings;
  private final Listener listener;
  private final Map<String, Nri.PodSandbox> pods = new HashMap<>();
  private final List<Nri.Container> containers = new ArrayList<>();

  /** What is told of a connection's life; must not wait either. */
  interface Listener {
    /** The runtime has taken us, and told us of all that runs. */
    void synchronizedWith(String runtime);

    /** A container got our hooks. */
    void injected();
  }

  /** A plugin for one connection. */
  Plugin(Injection injection, Consumer<Sighting> sightings, Listener listener) {
    this.injection = injection;
    this.sightings = sightings;
    this.listener = listener;
  }

  private String runtime = "";

  private static int bit(Nri.Event event) {
    return 1 << (event.getNumber() - 1);
  }

  @Override
  public byte[] call(String service, String method, byte[] request)
      throws RpcException, InvalidProtocolBufferException {
    if (!service.equals(SERVICE)) {
      throw new RpcException(RpcException.UNIMPLEMENTED, "unknown service " + service);
    }
    return switch (method) {
      case "Configure" -> configure(Nri.ConfigureRequest.parseFrom(request)).toByteArray();
      case "Synchronize" -> synchronize(Nri.SynchronizeRequest.parseFrom(request)).toByteArray();
      case "CreateContainer" -> create(Nri.CreateContainerRequest.parseFrom(request)).toByteArray();
      case "StateChange" -> changed(Nri.StateChangeEvent.parseFrom(request)).toByteArray();
      case "Shutdown" -> Nri.Empty.getDefaultInstance().toByteArray();
      default -> throw new RpcException(RpcException.UNIMPLEMENTED, "unknown method " + method);
    };
  }

  private Nri.ConfigureResponse configure(Nri.ConfigureRequest request) {
    runtime = request.getRuntimeName() + " " + request.getRuntimeVersion();
    return Nri.ConfigureResponse.newBuilder().setEvents(EVENTS).build();
  }

  /** Comes in parts if it is long; a container's pod may be in another part than the container. */
  private Nri.SynchronizeResponse synchronize(Nri.SynchronizeRequest request) {
    request.getPodsList().forEach(pod -> pods.put(pod.getId(), pod));
    containers.addAll(request.getContainersList());
    if (!request.getMore()) {
      for (Nri.Container container : containers) {
        Nri.PodSandbox pod =
            pods.getOrDefault(container.getPodSandboxId(), Nri.PodSandbox.getDefaultInstance());
        if (container.getState() == Nri.ContainerState.CONTAINER_RUNNING
            || container.getState() == Nri.ContainerState.CONTAINER_PAUSED) {
          look(pod, container);
        }
      }
      pods.clear();
      containers.clear();
      listener.synchronizedWith(runtime);
    }
    return Nri.SynchronizeResponse.newBuilder().setMore(request.getMore()).build();
  }

  private Nri.CreateContainerResponse create(Nri.CreateContainerRequest request) {
    Nri.CreateContainerResponse.Builder response = Nri.CreateContainerResponse.newBuilder();
    injection
        .of(request.getPod(), request.getContainer())
        .ifPresent(
            adjustment -> {
              response.setAdjust(adjustment);
              listener.injected();
            });
    return response.build();
  }

  private Nri.Empty changed(Nri.StateChangeEvent event) {
    if (event.getEvent() == Nri.Event.POST_START_CONTAINER) {
      look(event.getPod(), event.getContainer());
    }
    return Nri.Empty.getDefaultInstance();
  }

  private void look(Nri.PodSandbox pod, Nri.Container container) {
    Map<String, String> annotations = Injection.annotations(pod, container);
    if (Injection.isWanted(annotations, container.getName())) {
      sightings.accept(
          new Sighting(
              container.getId(),
              container.getPid(),
              pod.getPid(),
              injection.isIn(container),
              annotations));
    }
  }
}
