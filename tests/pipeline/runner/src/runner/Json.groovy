package runner

import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import groovy.transform.CompileStatic

/** JSON objects in files. */
@CompileStatic
class Json {
    /** What the file holds; empty where there is none. */
    static Map<String, Object> read(File file) {
        if (!file.exists()) { return [:] }
        return (Map<String, Object>) new JsonSlurper().parse(file, 'UTF-8')
    }

    /** Whole or not at all: whoever writes may be killed here. */
    static void write(File file, Map content) {
        File fresh = new File(file.path + '.new')
        fresh.setText(JsonOutput.toJson(content), 'UTF-8')
        fresh.renameTo(file)
    }
}
