package runner

/** A block of the declarative syntax. What has no method here is refused by name, before anything has run. */
abstract class Block {
    final Object script
    final String stage
    final String title

    Block(Object script, String stage, String title) {
        this.script = script
        this.stage = stage
        this.title = title
    }

    /** Let the statements of `body` speak to this block, and to nothing else. */
    def <T extends Block> T read(Closure body) {
        body.resolveStrategy = Closure.DELEGATE_ONLY
        body.delegate = this
        body.call()
        complete()
        return (T) this
    }

    /** Refuse what is missing, or does not go together. */
    void complete() { }

    Object methodMissing(String name, Object arguments) {
        throw new Refusal(stage, "${title} knows no '${name}'")
    }

    /** What stands as a value in a block, such as `env.X`, is what it is in the script. */
    Object propertyMissing(String name) {
        return script.getProperty(name)
    }

    void propertyMissing(String name, Object value) {
        throw new Refusal(stage, "${title} knows no '${name} ='")
    }

    protected void once(String field, Object value) {
        if (this."${field}" != null) { throw new Refusal(stage, "${title} has '${field}' twice") }
        this."${field}" = value
    }
}
