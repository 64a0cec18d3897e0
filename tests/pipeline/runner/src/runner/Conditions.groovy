package runner

import groovy.transform.CompileStatic

/** Which conditions of `post` a result meets. */
@CompileStatic
class Conditions {
    static boolean met(String name, String result, Build build) {
        String before = build.shared.previous()
        switch (name) {
            case ['always', 'cleanup']: return true
            case 'unsuccessful': return result != 'SUCCESS'
            case 'success': return result == 'SUCCESS'
            case 'failure': return result == 'FAILURE'
            case 'unstable': return result == 'UNSTABLE'
            case 'aborted': return result == 'ABORTED'
            case 'notBuilt': return result == 'NOT_BUILT'
            case 'changed': return before == null || before != result
            case 'fixed': return result == 'SUCCESS' && before in ['FAILURE', 'UNSTABLE']
            case 'regression': return before != null && Results.worse(before, result) != before
            default: throw new IllegalArgumentException(name)
        }
    }
}
