package runner

import groovy.transform.CompileStatic

/** What people say to `input`: in the configuration, or later in files that are put into the folder `answers`. */
@CompileStatic
class Answers {
    private final Build build
    private final List<Map<String, Object>> planned
    private final Set<String> seen = [] as Set

    Answers(Build build) {
        this.build = build
        planned = new ArrayList<Map<String, Object>>((List<Map<String, Object>>) (build.config.inputs ?: []))
    }

    /** Wait for somebody's answer to the input of `stage`: by, outcome. */
    Map<String, Object> next(String stage) {
        long asked = System.currentTimeMillis()
        while (true) {
            Map<String, Object> answer = take(stage, System.currentTimeMillis() - asked)
            if (answer != null) { return answer }
            Context.now().scope.pause(50)
        }
    }

    private synchronized Map<String, Object> take(String stage, long waited) {
        Map<String, Object> plan = planned.find { it.stage == stage }
        if (plan != null && waited >= ((Number) (plan.delay_s ?: 0)).doubleValue() * 1000) {
            planned.remove(plan)
            return plan
        }
        File folder = new File(build.folder, 'answers')
        String name = (folder.list() ?: [] as String[]).sort().find { String it ->
            it.endsWith('.json') && !seen.contains(it) && Json.read(new File(folder, it)).stage == stage
        }
        if (name == null) { return null }
        seen.add(name)
        return Json.read(new File(folder, name))
    }

    /** Whether `by` is among the comma-separated names of people and groups. Names are compared as Jenkins does. */
    boolean permits(String by, String submitter) {
        if (!submitter) { return true }
        Map<String, List<String>> groups = (Map<String, List<String>>) (build.config.groups ?: [:])
        List<String> names = [by] + groups.findAll { String group, List<String> people -> people.contains(by) }.keySet()
        return submitter.split(',').any { String allowed ->
            names.any { String it -> it.equalsIgnoreCase(allowed.trim()) }
        }
    }
}
