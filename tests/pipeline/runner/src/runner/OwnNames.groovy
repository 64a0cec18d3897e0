package runner

import groovy.transform.CompileStatic
import org.codehaus.groovy.ast.ClassCodeVisitorSupport
import org.codehaus.groovy.ast.ClassNode
import org.codehaus.groovy.ast.expr.ConstantExpression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.classgen.GeneratorContext
import org.codehaus.groovy.control.CompilePhase
import org.codehaus.groovy.control.SourceUnit
import org.codehaus.groovy.control.customizers.CompilationCustomizer

/** Steps whose names Groovy has given to methods of every object: `sleep 5` would be five milliseconds in a block. */
@CompileStatic
class OwnNames extends CompilationCustomizer {
    static final String MARK = 'step:'
    private static final Map<String, String> STEPS = [sleep: 'sleep', println: 'echo', print: 'echo']

    OwnNames() { super(CompilePhase.CONVERSION) }

    void call(SourceUnit source, GeneratorContext context, ClassNode script) {
        new ClassCodeVisitorSupport() {
            void visitMethodCallExpression(MethodCallExpression call) {
                super.visitMethodCallExpression(call)
                String step = STEPS.get(call.methodAsString)
                if (step != null && call.implicitThis) { call.method = new ConstantExpression(MARK + step) }
            }

            protected SourceUnit getSourceUnit() { return source }
        }.visitClass(script)
    }
}
