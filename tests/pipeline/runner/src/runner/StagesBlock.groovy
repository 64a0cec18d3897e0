package runner

/** `stages` and `parallel`: nothing but stages, each with a name of its own. */
class StagesBlock extends Block {
    private final List<StageBlock> found = []

    StagesBlock(Object script, String stage, String title) { super(script, stage, title) }

    void stage(String name, Closure body) {
        if (found.any { it.name == name }) { throw new Refusal(stage, "two stages have the name '${name}'") }
        StageBlock stage = new StageBlock(script, name).read(body)
        found.add(stage)
    }

    List<StageBlock> all() {
        if (found.isEmpty()) { throw new Refusal(stage, "${title} has no stage") }
        return found
    }
}
