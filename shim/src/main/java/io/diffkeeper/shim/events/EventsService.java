package io.diffkeeper.shim.events;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import io.diffkeeper.log.Log;
import io.diffkeeper.shim.adoption.Adopter;
import io.diffkeeper.shim.adoption.Reconnection;
import io.diffkeeper.shim.adoption.Sighting;
import io.diffkeeper.shim.adoption.Tally;
import io.diffkeeper.shim.events.api.ContainerdEvents;
import io.diffkeeper.shim.events.api.ContainerdTasks;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/**
 * Compares what containerd runs with what has a keeper: whenever it connects, and after each start
 * and end. Events come after the fact, so nothing is replayed for what they tell.
 */
public final class EventsService implements Runnable {
  private final Path socket;
  private final Adopter adopter;
  private final Log log;
  private final Reconnection reconnection;

  /**
   * A service.
   *
   * @param socket containerd's
   */
  public EventsService(Path socket, Adopter adopter, Tally tally, Log log) {
    this.socket = socket;
    this.adopter = adopter;
    this.log = log;
    this.reconnection = new Reconnection(socket + ": nothing is reconciled", tally, log);
  }

  /** Runs until the thread is interrupted. */
  @Override
  public void run() {
    reconnection.run(
        () -> {
          try (Client containerd = new Client(socket)) {
            serve(containerd);
          } catch (StatusRuntimeException e) {
            throw new IOException(e.getMessage(), e);
          }
        });
  }

  /** Subscribes first, so that nothing happens between the list and the events. */
  private void serve(Client containerd) throws InvalidProtocolBufferException {
    Iterator<ContainerdEvents.Envelope> events = containerd.subscribe();
    Set<String> running = new HashSet<>();
    for (ContainerdTasks.Process task : containerd.tasks()) {
      running.add(task.getId());
      if (task.getStatus() == ContainerdTasks.Status.RUNNING
          || task.getStatus() == ContainerdTasks.Status.PAUSED) {
        see(task.getId(), task.getPid());
      }
    }
    adopter.finishAllBut(running);
    reconnection.taken();
    log.info("events of containerd, which runs " + running.size() + " tasks");
    while (events.hasNext()) {
      ContainerdEvents.Envelope envelope = events.next();
      happened(envelope.getTopic(), envelope.getEvent());
    }
  }

  private void see(String id, long pid) {
    adopter.see(new Sighting(id, pid, 0, false, Map.of()));
  }

  private void happened(String topic, Any event) throws InvalidProtocolBufferException {
    switch (topic) {
      case "/tasks/start" -> {
        ContainerdTasks.TaskStart start = ContainerdTasks.TaskStart.parseFrom(event.getValue());
        see(start.getContainerId(), start.getPid());
      }
      case "/tasks/exit" -> {
        ContainerdTasks.TaskExit exit = ContainerdTasks.TaskExit.parseFrom(event.getValue());
        if (exit.getId().equals(exit.getContainerId())) { // else of an exec
          adopter.ended(exit.getContainerId(), exit.getExitStatus());
        }
      }
      case "/tasks/oom" -> {
        ContainerdTasks.TaskOOM oom = ContainerdTasks.TaskOOM.parseFrom(event.getValue());
        adopter.outOfMemory(oom.getContainerId());
      }
      default -> {
        // Images, snapshots, execs: nothing of ours.
      }
    }
  }
}
