package runner

/** `stage`. */
class StageBlock extends PipelineBlock {
    final String name
    Closure steps
    List<StageBlock> parallel
    WhenBlock when
    InputBlock input
    boolean failFast = false

    StageBlock(Object script, String name) {
        super(script, name, 'stage')
        this.name = name
    }

    void steps(Closure body) { once('steps', body) }

    void parallel(Closure body) { once('parallel', new StagesBlock(script, name, 'parallel').read(body).all()) }

    void when(Closure body) { once('when', new WhenBlock(script, name).read(body)) }

    void input(Closure body) { once('input', new InputBlock(script, name).read(body)) }

    void failFast(boolean wanted) { failFast = wanted }

    void complete() {
        if ([steps, stages, parallel].count { it != null } != 1) {
            throw new Refusal(name, 'a stage has one of steps, stages and parallel')
        }
        if (parallel != null && agent != null) { throw new Refusal(name, 'a stage with parallel has no agent') }
        if (parallel?.any { it.parallel != null || it.nestsParallel() }) {
            throw new Refusal(name, 'no parallel stands within parallel')
        }
        if (input != null && input.message == null) { throw new Refusal(name, 'input needs a message') }
    }

    private boolean nestsParallel() { return stages?.any { it.parallel != null || it.nestsParallel() } ?: false }
}
