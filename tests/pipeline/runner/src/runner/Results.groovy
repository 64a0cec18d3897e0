package runner

import groovy.transform.CompileStatic
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

/** The results that a build can have, and what an error makes of one. */
@CompileStatic
class Results {
    static final List<String> ORDER = ['SUCCESS', 'UNSTABLE', 'FAILURE', 'NOT_BUILT', 'ABORTED']

    /** The worse of two; null counts as SUCCESS. */
    static String worse(String one, String other) {
        return ORDER[Math.max(ORDER.indexOf(one ?: 'SUCCESS'), ORDER.indexOf(other ?: 'SUCCESS'))]
    }

    static String of(Throwable error) {
        if (error == null) { return 'SUCCESS' }
        return error instanceof FlowInterruptedException ? (error as FlowInterruptedException).result : 'FAILURE'
    }
}
