package runner

import groovy.transform.CompileStatic
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.Executors
import java.util.concurrent.ScheduledExecutorService
import java.util.concurrent.ThreadFactory
import java.util.concurrent.atomic.AtomicInteger

/** One build: what it was given, what it has come to, and what its steps share. */
@CompileStatic
class Build {
    final Map<String, Object> config
    final File folder
    final Log log
    final Shared shared
    final Scope scope = new Scope(null)
    final int number
    /** What `env.X = ` has set. */
    final Map<String, String> set = new ConcurrentHashMap<String, String>()
    final Answers answers
    final ScheduledExecutorService timer
    private final AtomicInteger count = new AtomicInteger()
    volatile String result = null
    volatile Refusal refused = null
    volatile Integer milestone = null
    /** What stage each warning belongs to, of `catchError` and `unstable`. */
    final Map<String, String> warnings = new ConcurrentHashMap<String, String>()
    Map<String, Object> options = [:]

    Build(Map<String, Object> config) {
        this.config = config
        folder = new File((String) config.folder)
        number = (int) config.number
        log = new Log(folder)
        shared = new Shared(new File((String) config.state), number)
        answers = new Answers(this)
        timer = Executors.newScheduledThreadPool(1, { Runnable work ->
            Thread thread = new Thread(work, 'timer')
            thread.daemon = true
            return thread
        } as ThreadFactory)
    }

    int next() { return count.incrementAndGet() }

    /** The change that is built, where it is one: id, target, source, fork. */
    Map<String, Object> getChange() { return (Map<String, Object>) config.change }

    boolean isFork() { return change != null && change.fork }

    String getBranch() { return change == null ? (String) config.branch : "PR-${change.id}".toString() }

    void worsen(String worse) { result = Results.worse(result, worse) }

    /** The variables of every step: of the machine, of Jenkins, and what was set by `env.X = `. */
    Map<String, String> variables() {
        return section('env') + jenkins() + set
    }

    Map<String, String> section(String name) { return (Map<String, String>) (config[name] ?: [:]) }

    private Map<String, String> jenkins() {
        String job = "${config.job}/${branch.replace('/', '%2F')}".toString()
        String root = (String) config.jenkins_url
        String url = root + 'job/' + job.replace('/', '/job/') + '/'
        Map<String, String> known = [
            BRANCH_NAME: branch, BUILD_NUMBER: "$number".toString(), BUILD_ID: "$number".toString(),
            BUILD_DISPLAY_NAME: "#$number".toString(), BUILD_TAG: "jenkins-${job.replace('/', '-')}-$number".toString(),
            BUILD_URL: "${url}${number}/".toString(), RUN_DISPLAY_URL: "${url}${number}/display/redirect".toString(),
            JOB_NAME: job, JOB_BASE_NAME: branch.replace('/', '%2F'), JOB_URL: url, JENKINS_URL: root, CI: 'true',
        ]
        if (change == null) {
            if (branch == (config.primary ?: 'main')) { known.BRANCH_IS_PRIMARY = 'true' }
            return known
        }
        known.CHANGE_ID = "${change.id}".toString()
        known.CHANGE_TARGET = (String) change.target
        known.CHANGE_BRANCH = (String) change.source
        known.CHANGE_URL = (String) (change.url ?: "https://git.example.com/delivery/pull/${change.id}".toString())
        known.CHANGE_AUTHOR = (String) (change.author ?: 'ada')
        known.CHANGE_TITLE = (String) (change.title ?: 'A change')
        if (fork) { known.CHANGE_FORK = (String) (change.author ?: 'ada') }
        return known
    }
}
