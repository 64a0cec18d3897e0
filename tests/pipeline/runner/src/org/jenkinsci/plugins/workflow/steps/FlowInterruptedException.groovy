package org.jenkinsci.plugins.workflow.steps

import groovy.transform.CompileStatic

/** What a step throws that was ended from outside: by a timeout, a person or a newer build. */
@CompileStatic
class FlowInterruptedException extends InterruptedException {
    final String result
    /** Whether it still interrupts: outside of its own `timeout` one is an error like others. */
    volatile boolean actualInterruption = true

    FlowInterruptedException(String result, String cause) {
        super(cause)
        this.result = result
    }
}
