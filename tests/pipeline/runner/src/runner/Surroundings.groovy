package runner

import groovy.transform.CompileStatic

/** What is put around a pipeline or a stage: agent, environment, options. */
@CompileStatic
class Surroundings {
    static Object wrapped(OptionsBlock options, Closure body) {
        Closure whole = body
        for (Wrapper wrapper : (List<Wrapper>) (options == null ? [] : options.wrappers.reverse())) {
            Wrapper outer = wrapper
            Closure inner = whole
            whole = { Steps.call(outer.name, (outer.arguments + [(Object) inner]) as Object[]) }
        }
        return whole.call()
    }

    /** A node for the agent, with a checkout unless options leave that out; else the outer node. */
    static Object agent(Build build, PipelineBlock root, Map<String, Object> agent, PipelineBlock block, Closure body) {
        if (agent == null || agent.kind == 'none') { return body.call() }
        Object skip = block.options?.settings?.skipDefaultCheckout
        boolean left = (boolean) (skip != null ? skip : root.options?.settings?.skipDefaultCheckout ?: false)
        return new Node(build, (String) agent.label).use {
            if (left) { return body.call() }
            Context.now().withVariables(new Scm(build).checkout()).run(body)
        }
    }

    static Object environment(Object script, PipelineBlock block, Closure body) {
        if (block.environment == null) { return body.call() }
        EnvironmentBlock read = (EnvironmentBlock) new EnvironmentBlock(script, block.stage).read(block.environment)
        return read.bound.run { Context.now().withVariables(read.variables).run(body) }
    }
}
