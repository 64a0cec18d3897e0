package runner

import groovy.transform.CompileStatic
import hudson.AbortException
import org.codehaus.groovy.runtime.InvokerInvocationException

/** Every step that this runner knows, and the way from a call in a Jenkinsfile to the step. */
@CompileStatic
class Steps {
    static final Map<String, Step> ALL = (
        FlowSteps.all() + ControlSteps.all() + MutualSteps.all() + NodeSteps.all() + FileSteps.all() + ReportSteps.all()
            + CredentialSteps.all() + MailSteps.all() + Symbols.all()
    ).collectEntries { Step step -> [(step.name): step] } as Map<String, Step>

    /** What needs no line of its own in the log of events: it has events of its own, or is no step. */
    private static final Set<String> UNTOLD = (['sh', 'script', 'parallel'] + Symbols.all()*.name) as Set<String>

    static Object call(String name, Object[] arguments) {
        Context context = Context.now()
        Step step = ALL.get(name)
        if (step == null) { throw new Refusal(context.stage, "no step or function has the name '${name}'") }
        List<Object> given = arguments.toList()
        Closure body = null
        if (!given.isEmpty() && given[-1] instanceof Closure) { body = (Closure) given.remove(given.size() - 1) }
        if (step.block != (body != null)) {
            throw new Refusal(context.stage, step.block ? "${name} needs a block" : "${name} takes no block")
        }
        Map<String, Object> values = step.named(given, context.stage)
        context.scope.check()
        if (step.onNode && context.node == null) { throw new AbortException(withoutNode(name)) }
        if (!UNTOLD.contains(name)) { context.build.log.event('step', step: name, arguments: shown(values)) }
        return step.work.call(values, body)
    }

    private static String withoutNode(String name) {
        return 'Required context class hudson.FilePath is missing: Attempted to execute a step that requires a node' +
            " context while 'agent none' was specified. Be sure to specify your own 'node { ... }' around ${name}."
    }

    private static Map<String, String> shown(Map<String, Object> values) {
        return values.collectEntries { String k, Object v -> [(k): v.toString()] } as Map<String, String>
    }

    /** What Groovy puts around an exception that a closure does not declare. */
    private static final Class<?> WRAPPING = GroovyRuntimeException

    /** Run a block of the Jenkinsfile. Errors arrive as they were thrown, not in Groovy's wrappings. */
    static Object body(Closure block) {
        try {
            return block.call()
        } catch (Throwable error) {
            throw bare(error)
        }
    }

    static Throwable bare(Throwable error) {
        Throwable inner = error
        while (inner.cause != null && (inner instanceof InvokerInvocationException || inner.class == WRAPPING)) {
            inner = inner.cause
        }
        return inner instanceof MissingMethodException ? new BadScript(inner.message, inner) : inner
    }
}
