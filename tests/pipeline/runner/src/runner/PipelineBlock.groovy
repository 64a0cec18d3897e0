package runner

/** `pipeline`, and what it has in common with a stage. */
class PipelineBlock extends Block {
    Map<String, Object> agent
    OptionsBlock options
    Closure environment
    List<StageBlock> stages
    Map<String, Closure> post

    PipelineBlock(Object script, String stage = null, String title = 'pipeline') { super(script, stage, title) }

    void agent(String kind) {
        if (!(kind in ['none', 'any'])) { throw new Refusal(stage, "agent knows no '${kind}'") }
        once('agent', [kind: kind])
    }

    void agent(Closure body) { once('agent', new AgentBlock(script, stage).read(body).found()) }

    String getNone() { return 'none' }

    String getAny() { return 'any' }

    void options(Closure body) { once('options', new OptionsBlock(script, stage).read(body)) }

    void environment(Closure body) { once('environment', body) }

    void stages(Closure body) { once('stages', new StagesBlock(script, stage, 'stages').read(body).all()) }

    void post(Closure body) { once('post', new PostBlock(script, stage).read(body).conditions) }

    void complete() {
        if (agent == null) { throw new Refusal(stage, 'pipeline needs an agent') }
        if (stages == null) { throw new Refusal(stage, 'pipeline needs stages') }
    }
}
