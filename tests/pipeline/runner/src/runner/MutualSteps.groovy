package runner

import groovy.transform.CompileStatic
import hudson.AbortException
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

/** Steps by which builds take note of each other, or of people. */
@CompileStatic
class MutualSteps {
    static List<Step> all() {
        return [
            new Step('milestone', ['ordinal', 'label'], { Map<String, Object> it, Closure body ->
                milestone((Integer) it.ordinal)
            }),
            new Step('lock', ['resource', 'inversePrecedence'], { Map<String, Object> it, Closure body ->
                Locks.with(resource(it), (boolean) (it.inversePrecedence ?: false)) { Steps.body(body) }
            }, block: true),
            new Step('input', ['message', 'id', 'ok', 'submitter', 'submitterParameter'],
                { Map<String, Object> it, Closure body -> input(it) }),
            new Step('properties', ['properties'], { Map<String, Object> it, Closure body ->
                properties((List<Map<String, Object>>) it.get('properties'))
            }),
        ]
    }

    private static String resource(Map<String, Object> given) {
        if (!given.resource) { throw new AbortException('lock: a resource has to be named') }
        return "${given.resource}"
    }

    private static void milestone(Integer given) {
        Context context = Context.now()
        Build build = context.build
        if (context.inParallel) { throw new AbortException('Using a milestone step inside parallel is not allowed') }
        int ordinal = given ?: (build.milestone == null ? 0 : build.milestone + 1)
        if (build.milestone != null && build.milestone >= ordinal) {
            throw new AbortException("Invalid ordinal ${ordinal}, as the previous one was ${build.milestone}")
        }
        build.log.say("Trying to pass milestone ${ordinal}")
        Integer newer = build.shared.pass(ordinal)
        build.log.event('milestone', ordinal: ordinal, passed: newer == null, newer: newer)
        if (newer != null) { throw new FlowInterruptedException('NOT_BUILT', "Superseded by #${newer}") }
        build.milestone = ordinal
    }

    /** Wait for an answer of somebody who may give one. Returns who it was, where that is asked for. */
    static Object input(Map<String, Object> given) {
        Build build = Context.now().build
        String submitter = (String) given.submitter
        build.log.say("${given.message}\n${given.ok ?: 'Proceed'} or Abort")
        build.log.event('input-waits', message: "${given.message}", submitter: submitter)
        while (true) {
            Map<String, Object> answer = build.answers.next(Context.now().stage)
            String by = (String) answer.by
            if (!build.answers.permits(by, submitter)) {
                build.log.say("${by}: You need to be ${submitter} to submit this.")
                build.log.event('input-refused', by: by, submitter: submitter)
                continue
            }
            build.log.event('input', by: by, outcome: answer.outcome)
            if (answer.outcome == 'abort') { throw new FlowInterruptedException('ABORTED', "Rejected by ${by}") }
            build.log.say("Approved by ${by}")
            return given.submitterParameter ? by : null
        }
    }

    static void properties(List<Map<String, Object>> wanted) {
        Build build = Context.now().build
        Map<String, Object> concurrency = wanted.find { it.symbol == 'disableConcurrentBuilds' }
        build.shared.alone {
            Map<String, Object> now = [:]
            if (concurrency != null) {
                now.putAll([disableConcurrentBuilds: true, abortPrevious: concurrency.abortPrevious ?: false])
            }
            build.shared.write('properties', now)
        }
    }
}
