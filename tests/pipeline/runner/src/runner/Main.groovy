package runner

import groovy.json.JsonOutput
import groovy.transform.CompileStatic
import org.codehaus.groovy.control.CompilerConfiguration
import org.codehaus.groovy.control.MultipleCompilationErrorsException
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

/** `Main run CONFIG`, `Main refusals CONFIG JENKINSFILE...`, `Main outline JENKINSFILE...`, `Main steps`. */
@CompileStatic
class Main {
    static void main(String[] words) {
        switch (words[0]) {
            case 'outline':
                List<String> texts = words.tail().collect { String it -> new File(it).getText('UTF-8') }
                println JsonOutput.toJson(texts.collect { String it -> Outline.of(it) })
                break
            case 'refusals':
                Build build = new Build(Json.read(new File(words[1])))
                println JsonOutput.toJson(words.drop(2).collect { String it -> refusal(build, new File(it)) })
                Runtime.runtime.halt(0)
                break
            case 'steps':
                println JsonOutput.toJson(Steps.ALL.collectEntries { String k, Step v -> [(k): v.parameters] })
                break
            default:
                // Halted, not exited: threads of branches that still wait would hold it.
                Runtime.runtime.halt(new Main().run(new Build(Json.read(new File(words[1])))) == 'REFUSED' ? 3 : 0)
        }
    }

    private String run(Build build) {
        String result = Context.first(build).run { ended(build) }
        return result
    }

    private String ended(Build build) {
        build.shared.enter()
        build.log.event('build', number: build.number, branch: build.branch, commit: build.config.commit)
        Throwable error = null
        try {
            watch(build)
            Queueing.wait(build)
            evaluate(new Source(build).text())
        } catch (Throwable thrown) {
            error = Steps.bare(thrown)
        }
        error = build.refused ?: error
        build.worsen(Results.of(error))
        boolean refused = error instanceof Refusal || error instanceof MultipleCompilationErrorsException
        String result = refused ? 'REFUSED' : build.result
        if (error != null) {
            build.log.say(error instanceof FlowInterruptedException ? error.message : "ERROR: ${error}")
        }
        if (error != null && !(error instanceof IOException || error instanceof InterruptedException)) {
            error.printStackTrace() // of the runner's own mistakes, for whoever mends them
        }
        build.shared.leave(result)
        build.log.say("Finished: ${result}")
        build.log.event('result', result: result, error: error?.message)
        return result
    }

    /** Read the declarative part only, and say what is refused; null where nothing is. */
    private static String refusal(Build build, File file) {
        try {
            Context.first(build).run { evaluate(file.getText('UTF-8')) }
            return null
        } catch (Throwable thrown) {
            return Steps.bare(thrown).message
        }
    }

    private static void evaluate(String text) {
        CompilerConfiguration compiler = new CompilerConfiguration()
        compiler.scriptBaseClass = PipelineScript.name
        compiler.addCompilationCustomizers(new OwnNames())
        GroovyShell shell = new GroovyShell(Main.classLoader, new Binding(), compiler)
        shell.parse(text, 'Jenkinsfile').run()
    }

    /** Other builds, and people, end this one by a file. */
    private void watch(Build build) {
        Thread watcher = new Thread({
            Map<String, Object> order = null
            while ((order = build.shared.ordered()) == null) { Thread.sleep(50) }
            build.log.event('ordered', result: order.result, why: order.why)
            build.scope.interrupt(new FlowInterruptedException((String) order.result, (String) order.why))
        } as Runnable)
        watcher.daemon = true
        watcher.start()
    }
}
