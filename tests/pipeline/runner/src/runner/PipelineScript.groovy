package runner

/** What a Jenkinsfile is compiled to: a script whose unknown functions are steps. */
abstract class PipelineScript extends Script {
    private boolean found = false

    void pipeline(Closure body) {
        if (found) { throw new Refusal(null, 'a Jenkinsfile has one pipeline') }
        found = true
        PipelineBlock root = new PipelineBlock(this).read(body)
        if (!Context.now().build.config.only_read) { new Interpreter(root, this).run() }
    }

    Object methodMissing(String name, Object arguments) {
        return Steps.call(name - OwnNames.MARK, (Object[]) arguments)
    }

    /** As in Jenkins: env, currentBuild and scm, then the script's own variables, then those of the environment. */
    Object getProperty(String name) {
        switch (name) {
            case 'env': return new Env()
            case 'currentBuild': return new CurrentBuild()
            case 'scm': return new Scm(Context.now().build)
            case 'metaClass': return super.getProperty(name)
        }
        if (getBinding().hasVariable(name)) { return getBinding().getVariable(name) }
        String value = Context.now().environment().get(name)
        if (value == null) { throw new MissingPropertyException(name, Binding) }
        return value
    }
}

/** `env`: reads what a step would see here; what is set holds for the rest of the build. */
class Env {
    Object getProperty(String name) { return Context.now().environment().get(name) }

    void setProperty(String name, Object value) {
        Map<String, String> set = Context.now().build.set
        if (value == null) { set.remove(name) } else { set[name] = value.toString() }
    }
}

/** `currentBuild`, as far as it is known here. */
class CurrentBuild {
    Object getProperty(String name) {
        Build build = Context.now().build
        switch (name) {
            case 'result': return build.result
            case 'currentResult': return build.result ?: 'SUCCESS'
            case 'number': return build.number
            default: throw new Refusal(Context.now().stage, "currentBuild knows no '${name}'")
        }
    }

    void setProperty(String name, Object value) {
        if (name == 'description') {
            Context.now().build.log.event('description', text: value.toString())
            return
        }
        if (name != 'result') { throw new Refusal(Context.now().stage, "currentBuild.${name} can't be set") }
        Context.now().build.worsen(value.toString())
    }
}
