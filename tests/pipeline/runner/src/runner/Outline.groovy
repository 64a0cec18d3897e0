package runner

import org.codehaus.groovy.ast.expr.*
import org.codehaus.groovy.ast.stmt.*
import org.codehaus.groovy.control.SourceUnit
import org.codehaus.groovy.control.CompilationUnit
import org.codehaus.groovy.control.Phases

/** What a Jenkinsfile says, as plain data: calls with their arguments and blocks, in the order they are written. */
class Outline {
    private final List<String> lines

    private Outline(String text) { lines = text.readLines() }

    static Map<String, Object> of(String text) {
        CompilationUnit unit = new CompilationUnit()
        SourceUnit source = unit.addSource('Jenkinsfile', text)
        unit.compile(Phases.CONVERSION)
        Outline outline = new Outline(text)
        Map<String, Object> functions = [:]
        source.AST.methods.each { method ->
            functions[method.name] = [parameters: method.parameters*.name, body: outline.read(method.code)]
        }
        return [statements: outline.read(source.AST.statementBlock), functions: functions]
    }

    private Object read(Object node) {
        switch (node) {
            case null: return null
            case BlockStatement: return node.statements.collect { read(it) }
            case ExpressionStatement: return read(node.expression)
            case ReturnStatement: return other(node, 'return', [node.expression])
            case IfStatement: return other(node, 'if', [node.booleanExpression, node.ifBlock, node.elseBlock])
            case WhileStatement: return other(node, 'while', [node.booleanExpression, node.loopBlock])
            case TryCatchStatement:
                return other(node, 'try', [node.tryStatement, *node.catchStatements*.code, node.finallyStatement])
            case ThrowStatement: return other(node, 'throw', [node.expression])
            case EmptyStatement: return other(node, 'nothing', [])
            case BooleanExpression: return read(node.expression)
            case MethodCallExpression: return call(node)
            case ConstantExpression: return text(node)
            case GStringExpression: return other(node, 'interpolated', node.values) + [text: node.text]
            case ClosureExpression: return [kind: 'block', line: node.lineNumber, inside: read(node.code)]
            case VariableExpression: return [kind: 'variable', line: node.lineNumber, name: node.name]
            case PropertyExpression: return other(node, 'property', [node.objectExpression]) + [name: node.text]
            case ListExpression: return other(node, 'list', node.expressions)
            case MapExpression: return other(node, 'map', node.mapEntryExpressions*.valueExpression)
            case TupleExpression: return other(node, 'tuple', node.expressions)
            case DeclarationExpression: return other(node, 'declaration', [node.rightExpression])
            case BinaryExpression: return other(node, node.operation.text, [node.leftExpression, node.rightExpression])
            default: return [kind: node.class.simpleName, line: node.lineNumber, inside: []]
        }
    }

    private Map<String, Object> other(Object node, String kind, List inside) {
        return [kind: kind, line: node.lineNumber, inside: inside.collect { read(it) }]
    }

    private Map<String, Object> call(MethodCallExpression node) {
        List<Expression> given =
            node.arguments instanceof TupleExpression ? node.arguments.expressions : [node.arguments]
        Map<String, Object> named = [:]
        List<Object> unnamed = []
        Object block = null
        given.each { argument ->
            if (argument instanceof MapExpression && !argument.class.simpleName.startsWith('List')) {
                argument.mapEntryExpressions.each { named[it.keyExpression.text] = read(it.valueExpression) }
            } else if (argument instanceof ClosureExpression && argument.is(given[-1])) {
                block = read(argument.code)
            } else {
                unnamed.add(read(argument))
            }
        }
        return [
            kind: 'call', line: node.lineNumber, name: node.methodAsString, named: named, unnamed: unnamed,
            block: block, on: node.implicitThis ? null : read(node.objectExpression),
        ]
    }

    /** A constant, and the quote that it was written in: Groovy keeps the value only. */
    private Map<String, Object> text(ConstantExpression node) {
        String line = node.lineNumber > 0 ? lines[node.lineNumber - 1] : ''
        String quote = node.value instanceof String && node.columnNumber > 0 ? line[node.columnNumber - 1] : null
        return [kind: 'constant', line: node.lineNumber, value: node.value, quote: quote]
    }
}
