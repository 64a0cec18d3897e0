package runner

import groovy.transform.CompileStatic
import hudson.AbortException
import java.nio.file.NoSuchFileException

/** Steps about files of the workspace. */
@CompileStatic
class FileSteps {
    static List<Step> all() {
        return [
            new Step('readFile', ['file', 'encoding'], { Map<String, Object> it, Closure body ->
                File file = place(it)
                if (!file.isFile()) { throw new NoSuchFileException(file.path) }
                file.getText((String) (it.encoding ?: 'UTF-8'))
            }, onNode: true),
            new Step('writeFile', ['file', 'text', 'encoding'], { Map<String, Object> it, Closure body ->
                File file = place(it)
                file.parentFile.mkdirs()
                file.setText("${it.text}", (String) (it.encoding ?: 'UTF-8'))
            }, onNode: true),
            new Step('fileExists', ['file'], { Map<String, Object> it, Closure body ->
                place(it).exists()
            }, onNode: true),
            new Step('stash', ['name', 'includes', 'excludes', 'allowEmpty', 'useDefaultExcludes'], { Map<String, Object> it, Closure body ->
                stash(it)
            }, onNode: true),
            new Step('unstash', ['name'], { Map<String, Object> it, Closure body ->
                unstash("${it.name}")
            }, onNode: true),
        ]
    }

    static File place(Map<String, Object> given) {
        File named = new File("${given.file}")
        return named.absolute ? named : new File(Context.now().node.workspace, named.path)
    }

    private static File kept(String name) { return new File(Context.now().build.folder, "stashes/${name}") }

    private static void stash(Map<String, Object> given) {
        File workspace = Context.now().node.workspace
        List<String> files = Patterns.find(workspace, (String) given.includes, (String) given.excludes,
            given.useDefaultExcludes != false)
        if (files.isEmpty() && !given.allowEmpty) {
            throw new AbortException("No files included in stash '${given.name}'")
        }
        File folder = kept("${given.name}")
        Folders.delete(folder)
        folder.mkdirs()
        Patterns.copy(workspace, files, folder)
        Context.now().build.log.say("Stashed ${files.size()} file(s)")
    }

    private static void unstash(String name) {
        File folder = kept(name)
        if (!folder.exists()) { throw new AbortException("No such saved stash '${name}'") }
        Patterns.copy(folder, Patterns.find(folder, '**', null, false), Context.now().node.workspace)
        Scm.prepare(Context.now().node)
    }
}
