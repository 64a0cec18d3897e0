package runner

import groovy.transform.CompileStatic
import java.util.concurrent.ConcurrentHashMap
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

/**
 * What an interruption reaches: the build, the block of a timeout, or a branch of `parallel`.
 *
 * Like Jenkins it ends the steps that run, once: what comes after them, such as `post`, runs on.
 */
@CompileStatic
class Scope {
    final Scope outer
    private volatile FlowInterruptedException pending
    private final Set<Thread> told = ConcurrentHashMap.newKeySet()

    Scope(Scope outer) { this.outer = outer }

    void interrupt(FlowInterruptedException why) {
        if (pending == null) { pending = why }
    }

    /** Throw what interrupts this thread, unless it was told already. */
    void check() {
        for (Scope scope = this; scope != null; scope = scope.outer) {
            if (scope.pending != null && scope.told.add(Thread.currentThread())) { throw scope.pending }
        }
    }

    /** What one thread was told, the other knows as well: a branch what its parent knew, and the reverse at the end. */
    void share(Thread from, Thread to) {
        for (Scope scope = this; scope != null; scope = scope.outer) {
            if (scope.told.contains(from)) { scope.told.add(to) }
        }
    }

    void pause(long millis) {
        long end = System.nanoTime() + millis * 1_000_000L
        check()
        while (System.nanoTime() < end) {
            long left = (long) ((end - System.nanoTime()).intdiv(1_000_000L)) + 1
            Thread.sleep(Math.max(1L, Math.min(50L, left)))
            check()
        }
    }
}
