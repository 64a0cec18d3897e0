package runner

import groovy.transform.CompileStatic

/** One stage on its way through options, input and agent; `when` is asked at the place that it names. */
@CompileStatic
class StageRun {
    private final Interpreter interpreter
    private final StageBlock stage
    private boolean passed

    StageRun(Interpreter interpreter, StageBlock stage) {
        this.interpreter = interpreter
        this.stage = stage
        passed = stage.when == null
    }

    boolean isSkipped() { return !passed && failed == null }

    private Throwable failed = null

    /** Run it; null where nothing went wrong. */
    Throwable error() {
        try {
            options()
        } catch (Throwable thrown) {
            failed = Steps.bare(thrown)
            if (failed instanceof Refusal) { throw failed }
        }
        return failed
    }

    private boolean goesOn(boolean now) {
        if (!passed && now) { passed = stage.when.holds() }
        return passed || !now
    }

    private void options() {
        if (!goesOn(stage.when?.beforeOptions as boolean)) { return }
        Surroundings.wrapped(stage.options) {
            if (goesOn(stage.when?.beforeInput as boolean)) { input() }
        }
    }

    private void input() {
        if (stage.input == null) {
            agent()
            return
        }
        Object by = MutualSteps.input(stage.input.values())
        String name = stage.input.submitterParameter
        Context here = Context.now()
        (name == null ? here : here.withVariables([(name): "${by}".toString()])).run { agent() }
    }

    private void agent() {
        if (!goesOn(stage.when?.beforeAgent as boolean)) { return }
        Build build = Context.now().build
        Surroundings.agent(build, interpreter.root, stage.agent, stage) {
            if (goesOn(true)) {
                interpreter.environment(stage) { interpreter.content(stage) }
            }
        }
    }
}
