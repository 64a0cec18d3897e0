package runner

import groovy.json.JsonOutput
import groovy.transform.CompileStatic
import java.time.Instant

/** The console text, and one line of JSON for each thing that happened; both are flushed at each line. */
@CompileStatic
class Log {
    private final Writer console
    private final Writer events
    volatile boolean timestamps = false

    Log(File folder) {
        console = new File(folder, 'console.txt').newWriter('UTF-8')
        events = new File(folder, 'events.jsonl').newWriter('UTF-8')
    }

    synchronized void say(CharSequence said) {
        Context context = Context.now()
        String start = (timestamps ? "[${Instant.now()}] " : '') + (context?.branch ? "[${context.branch}] " : '')
        String shown = context == null ? said.toString() : context.mask(said.toString())
        shown.split('\n', -1).each { String line -> console.write(start + line + '\n') }
        console.flush()
    }

    synchronized void event(Map what, String kind) {
        Context context = Context.now()
        Map<String, Object> line = [event: kind, at: System.currentTimeMillis() / 1000.0d] as Map<String, Object>
        if (context?.stage) { line.stage = context.stage }
        line.putAll((Map<String, Object>) what)
        String json = JsonOutput.toJson(masked(line, context))
        events.write(json + '\n')
        events.flush()
    }

    /** Masked before it becomes JSON: a quote or a backslash in a secret would look different there. */
    private static Object masked(Object value, Context context) {
        if (context == null) { return value }
        if (value instanceof Map) { return ((Map) value).collectEntries { k, v -> [(k): masked(v, context)] } }
        if (value instanceof Collection) { return ((Collection) value).collect { masked(it, context) } }
        return value instanceof CharSequence ? context.mask(value.toString()) : value
    }
}
