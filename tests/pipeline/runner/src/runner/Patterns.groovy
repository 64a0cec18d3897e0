package runner

import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING

import groovy.transform.CompileStatic
import java.nio.file.Files
import java.nio.file.Path

/** Ant's patterns: `**` any folders, `*` and `?` within a name; several are parted by commas. */
@CompileStatic
class Patterns {
    static boolean matches(String patterns, String path, boolean asFile = true) {
        return (patterns ?: '').split(',')*.trim().findAll { it }.any { String pattern ->
            path.matches(expression(asFile && pattern.endsWith('/') ? pattern + '**' : pattern))
        }
    }

    private static String expression(String pattern) {
        StringBuilder made = new StringBuilder()
        for (int at = 0; at < pattern.length(); at++) {
            if (pattern.startsWith('**/', at)) {
                made << '(?:.*/)?'
                at += 2
            } else if (pattern.startsWith('/**', at) && at + 3 == pattern.length()) {
                made << '(?:/.*)?'
                at += 2
            } else if (pattern.startsWith('**', at)) {
                made << '.*'
                at += 1
            } else {
                String one = pattern[at]
                made << (one == '*' ? '[^/]*' : one == '?' ? '[^/]' : java.util.regex.Pattern.quote(one))
            }
        }
        return made.toString()
    }

    /** The files under `folder` that match, as sorted relative paths. Git's own are left out by default, as by Ant. */
    static List<String> find(File folder, String includes, String excludes, boolean defaults = true) {
        List<String> found = []
        Path root = folder.toPath()
        folder.eachFileRecurse { File file ->
            String path = root.relativize(file.toPath()).toString()
            boolean wanted = matches(includes ?: '**', path) && !matches(excludes, path)
            if (wanted && !(defaults && path.startsWith('.git/')) && file.isFile()) { found.add(path) }
        }
        return found.sort()
    }

    static void copy(File from, List<String> paths, File to) {
        paths.each { String path ->
            Path target = to.toPath().resolve(path)
            Files.createDirectories(target.parent)
            Files.copy(from.toPath().resolve(path), target, REPLACE_EXISTING, COPY_ATTRIBUTES)
        }
    }
}
