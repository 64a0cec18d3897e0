package runner

import groovy.transform.CompileStatic
import java.util.concurrent.ConcurrentHashMap
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

/** Runs branches at once, waits for all of them, and throws what the worst one threw. */
@CompileStatic
class Parallel {
    static Map<String, Object> run(Map<String, Closure> branches, boolean failFast) {
        Context context = Context.now()
        Map<String, Scope> scopes = branches.collectEntries { String name, Closure body ->
            [(name): new Scope(context.scope)]
        } as Map<String, Scope>
        Map<String, Throwable> errors = new ConcurrentHashMap<String, Throwable>()
        Map<String, Object> values = Collections.synchronizedMap([:] as Map<String, Object>)
        Thread parent = Thread.currentThread()
        List<Thread> threads = branches.collect { String name, Closure body ->
            Scope scope = scopes.get(name)
            Thread thread = new Thread({
                try {
                    values.put(name, branch(context, name, scope).run { Steps.body(body) })
                } catch (Throwable error) {
                    errors.put(name, Steps.bare(error))
                    if (failFast) {
                        scopes.findAll { String other, Scope scoped -> other != name }.values()*.interrupt(
                            new FlowInterruptedException('ABORTED', "Failed in branch ${name}"))
                    }
                }
            } as Runnable, name)
            scope.share(parent, thread)
            return thread
        }
        threads*.start()
        threads.each { Thread thread ->
            thread.join()
            context.scope.share(thread, parent)
        }
        throwWorst(branches.keySet(), errors)
        return values
    }

    private static Context branch(Context context, String name, Scope scope) {
        return context.with([branch: name, scope: scope, inParallel: true] as Map<String, Object>)
    }

    private static void throwWorst(Collection<String> order, Map<String, Throwable> errors) {
        List<Throwable> thrown = order.findAll { errors.containsKey(it) }.collect { errors.get(it) }
        Throwable refusal = thrown.find { it instanceof Refusal }
        if (refusal != null) { throw refusal }
        List<Throwable> failures = thrown.findAll { Results.of(it) == 'FAILURE' }
        if (!thrown.isEmpty()) { throw failures.isEmpty() ? thrown[0] : failures[0] }
    }
}
