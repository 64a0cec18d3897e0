// Two jobs, one Jenkinsfile. Whoever may push a branch may write into its Jenkinsfile what they like, and it is built before
// anybody has looked at it. So the right to push, to git and to the registry, is in a folder of its own, whose job builds
// main and nothing else; what comes onto main was reviewed.
//
// The repository is that of platform/platform.yaml: it comes as SERVICE_REPOSITORY, the secrets as environment too.

// Pull requests and branches: the checks, without a right to anything.
multibranchPipelineJob('service') {
    displayName('service: checks')
    properties {
        authorizationMatrix { // Rebuild, and a stop. Not Run/Replay, which runs another script than the commit's
            entries { group { name('developers'); permissions(['Job/Build', 'Job/Cancel']) } }
        }
    }
    branchSources {
        branchSource {
            source {
                github {
                    id('service-checks') // Jenkins knows its branches again by it
                    credentialsId('github')
                    configuredByUrl(true)
                    repositoryUrl(SERVICE_REPOSITORY)
                    repoOwner('') // both are in the address
                    repository('')
                    traits {
                        gitHubBranchDiscovery { strategyId(1) } // those that are no pull request
                        gitHubPullRequestDiscovery { strategyId(1) } // merged with what they are to go into
                        gitHubForkDiscovery {
                            strategyId(1)
                            trust { gitHubTrustNobody() } // from outside: with the Jenkinsfile of the target branch
                        }
                    }
                }
            }
            buildStrategies {
                buildNamedBranches {
                    filters { wildcards { includes('*'); excludes('main'); caseSensitive(true) } }
                }
                buildChangeRequests {
                    ignoreTargetOnlyChanges(true) // a release is a commit on main: not every pull request is built anew for it
                    ignoreUntrustedChanges(false)
                }
            }
        }
    }
    factory { workflowBranchProjectFactory { scriptPath('Jenkinsfile') } }
    orphanedItemStrategy { discardOldItems { daysToKeep(14) } }
    triggers { periodicFolderTrigger { interval('1d') } } // in case a webhook was lost
}

folder('delivery') {
    displayName('Delivery: what may push')
    properties {
        kubernetes { permittedClouds(['delivery']) }
        authorizationMatrix { // the same for main, by fewer
            entries { group { name('releasers'); permissions(['Job/Build', 'Job/Cancel']) } }
        }
        folderCredentialsProperty {
            domainCredentials {
                domainCredentials {
                    domain { name(''); description(''); specifications {} }
                    credentials {
                        usernamePassword {
                            id('git')
                            description('Pushes releases to main, and proofs')
                            scope('GLOBAL') // of this folder
                            username(GIT_USERNAME)
                            // Encrypted here: what a job is made of is written down as it stands.
                            password(hudson.util.Secret.fromString(GIT_TOKEN).encryptedValue)
                        }
                    }
                }
            }
        }
    }
}

// main: the whole road. A commit of tagbump comes by here too; the Jenkinsfile sees that it changes overlays alone, and checks
// those, so that nothing goes round in circles. Tags, proofs among them, are not looked for.
multibranchPipelineJob('delivery/service') {
    displayName('service')
    branchSources {
        branchSource {
            source {
                github {
                    id('service-delivery')
                    credentialsId('github')
                    configuredByUrl(true)
                    repositoryUrl(SERVICE_REPOSITORY)
                    repoOwner('')
                    repository('')
                    traits {
                        gitHubBranchDiscovery { strategyId(3) } // all, of which one is left
                        headWildcardFilter { includes('main'); excludes('') }
                    }
                }
            }
        }
    }
    factory { workflowBranchProjectFactory { scriptPath('Jenkinsfile') } }
    orphanedItemStrategy { discardOldItems { daysToKeep(14) } }
    triggers { periodicFolderTrigger { interval('1d') } }
}
