package runner

import groovy.transform.CompileStatic
import hudson.AbortException
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

/** Steps that decide what becomes of an error, and in which environment and order others run. */
@CompileStatic
class ControlSteps {
    static List<Step> all() {
        return [
            new Step('retry', ['count', 'conditions'], { Map<String, Object> it, Closure body ->
                retry((int) it.count, it.conditions != null, body)
            }, block: true),
            new Step('catchError', ['message', 'buildResult', 'stageResult', 'catchInterruptions'],
                { Map<String, Object> it, Closure body -> catching(it, body) }, block: true),
            new Step('withEnv', ['overrides'], { Map<String, Object> it, Closure body ->
                withEnv((List) it.overrides, body)
            }, block: true),
            new Step('parallel', ['branches'], { Map<String, Object> it, Closure body ->
                Map<String, Object> branches = new LinkedHashMap<String, Object>((Map<String, Object>) it.branches)
                boolean failFast = (boolean) (branches.remove('failFast') ?: false)
                Parallel.run(branches as Map<String, Closure>, failFast)
            }),
        ]
    }

    /** With conditions, which are all about agents that are lost, what failed in another way has failed. */
    private static Object retry(int count, boolean lostAlone, Closure body) {
        for (int left = count - 1; ; left--) {
            try {
                return Steps.body(body)
            } catch (Exception error) {
                boolean ended = error instanceof FlowInterruptedException &&
                    ((FlowInterruptedException) error).actualInterruption
                if (left <= 0 || ended || (lostAlone && !(error instanceof AgentLost))) { throw error }
                Context.now().build.log.say("ERROR: ${error.message}\nRetrying")
            }
        }
    }

    private static Object catching(Map<String, Object> given, Closure body) {
        Build build = Context.now().build
        try {
            Steps.body(body)
        } catch (Exception error) {
            boolean interrupted = error instanceof FlowInterruptedException
            boolean spared = given.catchInterruptions == false && ((FlowInterruptedException) error).actualInterruption
            if (interrupted && spared) { throw error }
            if (given.message) { build.log.say("ERROR: ${given.message}") }
            build.log.say("ERROR: ${error.message}")
            build.worsen(interrupted ? Results.of(error) : (String) (given.buildResult ?: 'FAILURE'))
            String warning = interrupted ? Results.of(error) : (String) (given.stageResult ?: 'SUCCESS')
            String stage = Context.now().stage
            if (stage) { build.warnings.put(stage, Results.worse(build.warnings.get(stage), warning)) }
        }
        return null // Jenkins gives no value either: it would have none after an error
    }

    static Object withEnv(List pairs, Closure body) {
        Map<String, String> more = pairs.collectEntries { Object pair ->
            String text = "${pair}"
            int at = text.indexOf('=')
            if (at < 1) { throw new AbortException("withEnv: '${text}' is not NAME=VALUE") }
            return [(text.substring(0, at)): text.substring(at + 1)]
        } as Map<String, String>
        return Context.now().withVariables(more).run { Steps.body(body) }
    }
}
