package runner

import groovy.transform.CompileStatic
import hudson.AbortException
import java.util.concurrent.ScheduledFuture
import java.util.concurrent.TimeUnit
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

/** Steps that say something, wait, or limit the time of others. */
@CompileStatic
class FlowSteps {
    /** Jenkins' own limit of the pause between two tries of waitUntil. */
    private static final long LONGEST_PAUSE_MS = 15_000

    static List<Step> all() {
        return [
            new Step('echo', ['message'], { Map<String, Object> it, Closure body ->
                Context.now().build.log.say("${it.message}")
            }),
            new Step('error', ['message'], { Map<String, Object> it, Closure body ->
                throw new AbortException("${it.message}")
            }),
            new Step('unstable', ['message'], { Map<String, Object> it, Closure body ->
                unstable("${it.message}")
            }),
            new Step('script', [], { Map<String, Object> it, Closure body -> Steps.body(body) }, block: true),
            new Step('timestamps', [], { Map<String, Object> it, Closure body ->
                Context.now().build.log.timestamps = true
                Steps.body(body)
            }, block: true),
            new Step('sleep', ['time', 'unit'], { Map<String, Object> it, Closure body ->
                Context.now().scope.pause((long) (millis(it, 'SECONDS') * pace()))
            }),
            new Step('timeout', ['time', 'unit'], { Map<String, Object> it, Closure body ->
                limited(millis(it, 'MINUTES'), body)
            }, block: true),
            new Step('waitUntil', ['initialRecurrencePeriod', 'quiet'], { Map<String, Object> it, Closure body ->
                waitUntil(it, body)
            }, block: true),
        ]
    }

    static void unstable(String message) {
        Build build = Context.now().build
        build.log.say("WARNING: ${message}")
        build.worsen('UNSTABLE')
        String stage = Context.now().stage
        if (stage) { build.warnings.put(stage, Results.worse(build.warnings.get(stage), 'UNSTABLE')) }
    }

    private static long millis(Map<String, Object> given, String unit) {
        Object time = given.time
        if (!(time instanceof Number)) {
            throw new Refusal(Context.now().stage, "a time has to be a number, not ${time}")
        }
        return TimeUnit.valueOf((String) (given.unit ?: unit)).toMillis(((Number) time).longValue())
    }

    /** What is configured as the limit of this stage goes before what is written: no test waits for days. */
    private static Object limited(long written, Closure body) {
        Context context = Context.now()
        Map<String, Number> limits = (Map<String, Number>) (context.build.config.limits ?: [:])
        Number seconds = limits.get(context.stage ?: '')
        long millis = seconds == null ? written : (long) (seconds.doubleValue() * 1000)
        FlowInterruptedException expired = new FlowInterruptedException('ABORTED', 'Timeout has been exceeded')
        Scope scope = new Scope(context.scope)
        ScheduledFuture<?> alarm = context.build.timer.schedule({
            context.run {
                context.build.log.say('Cancelling nested steps due to timeout')
                context.build.log.event('timeout', seconds: millis / 1000.0d)
            }
            scope.interrupt(expired)
        } as Runnable, millis, TimeUnit.MILLISECONDS)
        try {
            return context.with([scope: scope] as Map<String, Object>).run { Steps.body(body) }
        } catch (FlowInterruptedException caught) {
            if (caught.is(expired)) { caught.actualInterruption = false }
            throw caught
        } finally {
            alarm.cancel(false)
        }
    }

    /** What pauses are multiplied by: no test sleeps for minutes. */
    private static double pace() { return ((Number) (Context.now().build.config.pace ?: 1)).doubleValue() }

    private static Object waitUntil(Map<String, Object> given, Closure body) {
        Context context = Context.now()
        long pause = Math.max(1L, ((Number) (given.initialRecurrencePeriod ?: 250)).longValue())
        while (true) {
            Object answer = Steps.body(body)
            if (!(answer instanceof Boolean)) {
                throw new ClassCastException("body return value ${answer} is not boolean")
            }
            if (answer) { return null }
            if (!given.quiet) { context.build.log.say("Will try again after ${pause / 1000.0d} sec") }
            context.scope.pause((long) (pause * pace()))
            pause = Math.min((long) (pause * 1.2d), LONGEST_PAUSE_MS)
        }
    }
}
