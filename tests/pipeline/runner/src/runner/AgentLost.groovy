package runner

import groovy.transform.CompileStatic

/** What a step throws whose agent is gone, on an order of the test's: `retry` knows it by its condition `agent()`. */
@CompileStatic
class AgentLost extends InterruptedException {
    AgentLost() { super('Agent was removed') }

    /** Whether this build's agent is to be gone now; said once. */
    static boolean ordered(Build build) { return new File(build.folder, 'lose-agent').delete() }
}
