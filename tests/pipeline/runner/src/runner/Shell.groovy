package runner

import groovy.transform.CompileStatic
import hudson.AbortException
import java.lang.ProcessBuilder.Redirect
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

/** One `sh`, as Jenkins runs it: a script under `sh -xe` beside the workspace, its output in files that are read. */
@CompileStatic
class Shell {
    /** So long an interrupted script may take to clean up. */
    private static final int GRACE_S = 5

    private final Context context = Context.now()
    private final String script
    private final File folder
    private final File output
    private final File errors
    private long shown = 0
    private String rest = ''

    Shell(String script) {
        this.script = script
        folder = new File(context.node.temporary, "durable-${context.build.next()}")
        output = new File(folder, 'output')
        errors = new File(folder, 'log')
    }

    /** Run it to its end, and return its status. With `apart` its standard output is kept out of the log. */
    int run(boolean apart) {
        long begun = System.nanoTime()
        folder.mkdirs()
        File file = new File(folder, 'script.sh')
        file.setText(script, 'UTF-8')
        String cookie = "${context.build.config.cookie}-sh-${context.build.next()}"
        context.build.log.event('sh-started', script: script)
        Integer status = null
        try {
            status = follow(start(file, cookie, apart), cookie)
            return status
        } finally {
            double seconds = (System.nanoTime() - begun) / 1e9d
            context.build.log.event('sh', script: script, status: status, seconds: seconds)
        }
    }

    /** Named, not left to the system: it runs no file that a branch beside this one still seems to write. */
    private List<String> interpreter() {
        if (!script.startsWith('#!')) { return ['sh', '-xe'] }
        return script.readLines()[0].substring(2).trim().split(/\s+/, 2).toList()
    }

    private Process start(File file, String cookie, boolean apart) {
        ProcessBuilder builder = new ProcessBuilder(interpreter() + file.path)
        builder.directory(context.node.workspace)
        builder.environment().clear()
        builder.environment().putAll(context.environment())
        builder.environment().put('JENKINS_SERVER_COOKIE', cookie)
        builder.redirectInput(Redirect.from(new File('/dev/null')))
        builder.redirectError(Redirect.to(errors))
        builder.redirectOutput(apart ? Redirect.to(output) : Redirect.appendTo(errors))
        if (!apart) { builder.redirectErrorStream(true) }
        return builder.start()
    }

    private int follow(Process process, String cookie) {
        try {
            while (process.alive) {
                show(false)
                if (AgentLost.ordered(context.build)) { throw new AgentLost() }
                context.scope.pause(20)
            }
        } catch (AgentLost why) {
            Processes.kill(cookie, 0)
            throw why
        } catch (FlowInterruptedException why) {
            context.build.log.say('Sending interrupt signal to process')
            Processes.kill(cookie, GRACE_S)
            show(true)
            throw why
        }
        show(true)
        return process.waitFor()
    }

    /** What is new in the log, whole lines only: a secret may stand across two reads, not across two lines. */
    private void show(boolean all) {
        if (!errors.exists()) { return }
        byte[] fresh = (byte[]) errors.withInputStream { InputStream it ->
            it.skip(shown)
            it.bytes
        }
        shown += fresh.length
        rest += new String(fresh, 'ISO-8859-1')
        int end = all ? rest.length() : rest.lastIndexOf('\n') + 1
        String whole = new String(rest.substring(0, end).getBytes('ISO-8859-1'), 'UTF-8')
        rest = rest.substring(end)
        if (whole) { context.build.log.say(whole.endsWith('\n') ? whole[0..-2] : whole) }
    }

    String stdout() { return output.getText('UTF-8') }

    void mustHaveSucceeded(int status) {
        if (status != 0) { throw new AbortException("script returned exit code ${status}") }
    }
}
