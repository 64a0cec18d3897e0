package runner

import groovy.transform.CompileStatic

/**
 * Runs a pipeline in the order in which Jenkins' ModelInterpreter does it: options, input, agent, environment, steps,
 * post, with `when` before the first of them that it asks to be before.
 */
@CompileStatic
class Interpreter {
    private final PipelineBlock root
    private final Build build
    private final Object script

    Interpreter(PipelineBlock root, Object script) {
        this.root = root
        this.script = script
        build = Context.now().build
    }

    void run() {
        Throwable error = null
        boolean told = false
        try {
            if (root.options?.properties?.any { it.symbol == 'disableConcurrentBuilds' }) {
                MutualSteps.properties(root.options.properties)
            }
            Surroundings.agent(build, root, root.agent, root) {
                environment(root) {
                    Surroundings.wrapped(root.options) {
                        error = sequence(root.stages, null, null, null)
                        told = true
                        error = post(root.post, error, null)
                        if (error != null) { throw error }
                    }
                }
            }
        } catch (Throwable thrown) {
            error = error ?: Steps.bare(thrown)
        }
        // What ended it before its stages, such as an agent that is not to be had, is told as well.
        if (!told) { error = post(root.post, error, null) }
        if (error != null) { throw error }
    }

    /** Run the stages one after another; after an error, or for the reason given, skip them. Returns the error. */
    private Throwable sequence(List<StageBlock> stages, Throwable before, StageBlock parent, String skipped) {
        Throwable error = before
        stages.each { StageBlock stage ->
            try {
                evaluate(stage, error, skipped)
            } catch (Throwable thrown) {
                if (thrown instanceof Refusal) { throw thrown }
                error = error ?: thrown
            }
        }
        return parent == null || skipped != null ? error : post(parent.post, error, parent.name)
    }

    private void evaluate(StageBlock stage, Throwable before, String skipped) {
        Context.now().with([stage: stage.name] as Map<String, Object>).withVariables([STAGE_NAME: stage.name]).run {
            String why = skipped ?: reason(before)
            if (why != null) {
                skip(stage, before, why)
                if (before != null) { throw before }
                return
            }
            long begun = System.nanoTime()
            build.log.say("Stage ${stage.name}")
            build.log.event([:], 'stage-started')
            StageRun run = new StageRun(this, stage)
            Throwable error = run.error()
            if (run.skipped) {
                skip(stage, null, 'when')
            } else {
                // Of branches it comes last, outside of options and environment.
                if (stage.parallel != null) { error = post(stage.post, error, stage.name) }
                String result = Results.worse(Results.of(error), build.warnings.get(stage.name))
                double seconds = (System.nanoTime() - begun) / 1e9d
                build.log.event('stage-ended', result: result, seconds: seconds, error: error?.message)
            }
            if (error != null) { throw error }
        }
    }

    private String reason(Throwable before) {
        if (before != null) { return 'failure' }
        return build.result == 'UNSTABLE' && root.options?.settings?.skipStagesAfterUnstable ? 'unstable' : null
    }

    private void skip(StageBlock stage, Throwable before, String why) {
        String said = [
            failure: 'earlier failure(s)', when: 'when conditional',
            unstable: 'earlier stage(s) marking the build as unstable',
        ].get(why)
        build.log.say("Stage \"${stage.name}\" skipped due to ${said}")
        build.log.event('stage-skipped', why: why)
        for (StageBlock within : (List<StageBlock>) (stage.stages ?: stage.parallel ?: [])) {
            StageBlock inner = within
            Context.now().with([stage: inner.name] as Map<String, Object>).run { skip(inner, before, why) }
        }
    }

    /** What stands inside of a stage: steps, stages or branches, and its `post`. */
    void content(StageBlock stage) {
        Throwable error = null
        if (stage.stages != null) {
            error = sequence(stage.stages, null, stage, null)
        } else {
            try {
                if (stage.parallel != null) { branches(stage) } else { scripted(stage.steps) }
            } catch (Throwable thrown) {
                error = Steps.bare(thrown)
            }
            if (stage.parallel == null) { error = post(stage.post, error, stage.name) }
        }
        if (error != null) { throw error }
    }

    private void branches(StageBlock stage) {
        Map<String, Closure> branches = stage.parallel.collectEntries { StageBlock inner ->
            [(inner.name): { evaluate(inner, null, null) }]
        } as Map<String, Closure>
        Parallel.run(branches, stage.failFast || root.options?.settings?.parallelsAlwaysFailFast as boolean)
    }

    private Object scripted(Closure steps) {
        steps.resolveStrategy = Closure.DELEGATE_FIRST
        steps.delegate = script
        return Steps.body(steps)
    }

    Object environment(PipelineBlock block, Closure body) { return Surroundings.environment(script, block, body) }

    PipelineBlock getRoot() { return root }

    /** Run what of `post` the result asks for, in Jenkins' order. Returns the error that there was, or its own. */
    private Throwable post(Map<String, Closure> conditions, Throwable before, String stage) {
        if (before instanceof Refusal || conditions == null) { return before }
        Throwable error = before
        PostBlock.ORDER.findAll { conditions.containsKey(it) }.each { String name ->
            String original = build.result
            String warning = stage == null ? null : build.warnings.get(stage)
            String logical = Results.worse(Results.worse(original, Results.of(error)), warning)
            if (!Conditions.met(name, logical, build)) { return }
            try {
                build.log.event('post', condition: name)
                build.result = logical
                String where = Context.now().stage ?: 'Declarative: Post Actions'
                Context.now().with([stage: where] as Map<String, Object>).run { scripted(conditions.get(name)) }
            } catch (Throwable thrown) {
                Throwable own = Steps.bare(thrown)
                if (own instanceof Refusal) { throw own }
                build.log.say("Error when executing ${name} post condition:\n${own}")
                error = error ?: own
            } finally {
                if (build.result == logical) { build.result = original }
            }
        }
        return error
    }
}
