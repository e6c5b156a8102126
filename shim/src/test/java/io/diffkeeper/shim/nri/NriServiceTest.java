package io.diffkeeper.shim.nri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.keeper.Endings;
import io.diffkeeper.keeper.Keepers;
import io.diffkeeper.keeper.Launcher;
import io.diffkeeper.log.Log;
import io.diffkeeper.shim.adoption.Adopter;
import io.diffkeeper.shim.adoption.FakeContainer;
import io.diffkeeper.shim.adoption.Tally;
import io.diffkeeper.shim.nri.api.Nri;
import io.diffkeeper.shim.ttrpc.RpcException;
import io.diffkeeper.sys.Kernel;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The plugin, as a runtime sees it over the socket. */
@Timeout(120)
class NriServiceTest {
  private static final Path HOOK = Path.of("/usr/libexec/oci/hooks.d/diffkeeper-hook");
  private static final Nri.SynchronizeRequest NOTHING = Nri.SynchronizeRequest.getDefaultInstance();
  private static final Nri.PodSandbox POD =
      Nri.PodSandbox.newBuilder()
          .setId("pod")
          .putAnnotations("io.diffkeeper.state-dir", "/data")
          .putAnnotations("other", "x")
          .build();

  @TempDir Path scratch;

  private FakeRuntime runtime;
  private Tally tally;
  private FakeContainer container;
  private Thread service;

  @BeforeEach
  void start() throws Exception {
    runtime = new FakeRuntime(scratch.resolve("nri.sock"));
    tally = new Tally(scratch.resolve("run"), "nri");
    container = new FakeContainer(scratch);
    Launcher launcher = new Launcher(container.launcher(), List.of());
    Keepers keepers = new Keepers(new Kernel(), scratch.resolve("run"));
    Adopter adopter =
        new Adopter(keepers, new Endings(scratch.resolve("store")), launcher, tally, Log.none());
    service =
        new Thread(
            new NriService(
                scratch.resolve("nri.sock"),
                "50",
                HOOK,
                List.of("--run-dir", "/r"),
                adopter,
                tally,
                Log.none()));
    service.setDaemon(true);
    service.start();
  }

  @AfterEach
  void end() throws Exception {
    service.interrupt();
    service.join(FakeRuntime.WAIT_MILLIS);
    container.close();
    runtime.close();
  }

  private static Nri.Container named(String id) {
    return Nri.Container.newBuilder()
        .setId(id)
        .setName("c")
        .setPodSandboxId("pod")
        .setState(Nri.ContainerState.CONTAINER_RUNNING)
        .build();
  }

  private Nri.ContainerAdjustment create(Nri.PodSandbox pod, Nri.Container container)
      throws Exception {
    Nri.CreateContainerRequest request =
        Nri.CreateContainerRequest.newBuilder().setPod(pod).setContainer(container).build();
    return Nri.CreateContainerResponse.parseFrom(runtime.call("CreateContainer", request))
        .getAdjust();
  }

  @Test
  void registersAndSubscribesToNoEventThatOldRuntimesDoNotKnow() throws Exception {
    Nri.RegisterPluginRequest registered = runtime.accept();
    assertEquals("diffkeeper", registered.getPluginName());
    assertEquals("50", registered.getPluginIdx());
    int events = runtime.configureAndSynchronize(NOTHING);
    assertEquals(0, events >> Nri.Event.REMOVE_CONTAINER.getNumber());
    assertTrue((events & 1 << Nri.Event.CREATE_CONTAINER.getNumber() - 1) != 0);
    assertTrue(tally.isConnected());
  }

  @Test
  void aContainerOfAPodThatOptsInGetsHooksAndThePodsAnnotations() throws Exception {
    runtime.accept();
    runtime.configureAndSynchronize(NOTHING);
    Nri.ContainerAdjustment adjusted = create(POD, named("1"));
    assertEquals(
        List.of("diffkeeper-hook", "--run-dir", "/r", "createRuntime"),
        adjusted.getHooks().getCreateRuntime(0).getArgsList());
    assertEquals(HOOK.toString(), adjusted.getHooks().getPoststop(0).getPath());
    assertEquals("/data", adjusted.getAnnotationsMap().get("io.diffkeeper.state-dir"));
    assertEquals(1, adjusted.getAnnotationsCount(), "annotations of others are none of ours");
    assertEquals(1, tally.of(Tally.Outcome.INJECTED));
  }

  @Test
  void othersAreLeftAlone() throws Exception {
    runtime.accept();
    runtime.configureAndSynchronize(NOTHING);
    Nri.PodSandbox forAnother =
        Nri.PodSandbox.newBuilder().putAnnotations("io.diffkeeper.state-dir.db", "/data").build();
    for (Nri.PodSandbox pod : List.of(Nri.PodSandbox.getDefaultInstance(), forAnother)) {
      assertEquals(Nri.ContainerAdjustment.getDefaultInstance(), create(pod, named("1")));
    }
  }

  @Test
  void whoHasTheHookGetsNoSecondOne() throws Exception {
    runtime.accept();
    runtime.configureAndSynchronize(NOTHING);
    Nri.Hooks hooks =
        Nri.Hooks.newBuilder()
            .addCreateRuntime(Nri.Hook.newBuilder().setPath("/elsewhere/diffkeeper-hook"))
            .build();
    assertFalse(create(POD, named("1").toBuilder().setHooks(hooks).build()).hasHooks());
  }

  @Test
  void wrongAnnotationsGetTheHookSoThatItSaysWhy() throws Exception {
    runtime.accept();
    runtime.configureAndSynchronize(NOTHING);
    Nri.PodSandbox wrong =
        Nri.PodSandbox.newBuilder().putAnnotations("io.diffkeeper.state-dri", "/data").build();
    assertTrue(create(wrong, named("1")).hasHooks());
  }

  @Test
  void unknownCallsAreUnimplementedAndMalformedOnesRefused() throws Exception {
    runtime.accept();
    RpcException unknown =
        assertThrows(
            RpcException.class, () -> runtime.call("ValidateContainerAdjustment", NOTHING));
    assertEquals(RpcException.UNIMPLEMENTED, unknown.code());
    Nri.PodSandbox cutShort = Nri.PodSandbox.newBuilder().setId("\u0008").build();
    RpcException malformed =
        assertThrows(RpcException.class, () -> runtime.call("Synchronize", cutShort));
    assertEquals(RpcException.INVALID_ARGUMENT, malformed.code());
    runtime.configureAndSynchronize(NOTHING);
  }

  @Test
  void connectsAgainWhateverTheRuntimeDoes() throws Exception {
    runtime.refuse();
    runtime.accept();
    runtime.configureAndSynchronize(NOTHING);
    runtime.hangUp();
    runtime.accept();
    runtime.hangUp();
    runtime.refuse();
    runtime.accept();
    runtime.configureAndSynchronize(NOTHING);
    assertTrue(create(POD, named("1")).hasHooks());
  }

  @Test
  void aContainerThatWentByIsFoundWhenTheRuntimeTellsOfAllInParts() throws Exception {
    runtime.accept();
    runtime.configureAndSynchronize(
        Nri.SynchronizeRequest.newBuilder()
            .addContainers(container.runningAs(named("went-by")))
            .addContainers(named("no-pod").toBuilder().setPodSandboxId("unknown"))
            .setMore(true)
            .build(),
        Nri.SynchronizeRequest.newBuilder().addPods(POD).build());
    container.awaitAdopted("went-by");
    assertEquals(1, tally.of(Tally.Outcome.UNINJECTED));
  }

  @Test
  void aContainerThatWentByIsFoundWhenItHasStarted() throws Exception {
    runtime.accept();
    runtime.configureAndSynchronize(NOTHING);
    runtime.call(
        "StateChange",
        Nri.StateChangeEvent.newBuilder()
            .setEvent(Nri.Event.POST_START_CONTAINER)
            .setPod(POD)
            .setContainer(container.runningAs(named("went-by")))
            .build());
    container.awaitAdopted("went-by");
    assertTrue(container.state().contains("\"io.diffkeeper.state-dir\":\"/data\""));
    assertFalse(container.state().contains("other"));
  }
}
