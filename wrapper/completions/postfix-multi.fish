# Completion of postfix-multi for fish. A test compares the options and the actions with the program's own.

function __postfix_multi_told
    postfix-multi -l 2>/dev/null | awk -v field=$argv[1] '$field != "-" { print $field }' | sort -u
end

complete -c postfix-multi -f
complete -c postfix-multi -s l -l list -d 'List instances'
complete -c postfix-multi -s p -l postfix -d 'Run postfix with a command, for each instance'
complete -c postfix-multi -s x -l execute -d 'Run a program with each instance\'s environment'
complete -c postfix-multi -s e -l edit -x -a 'init create import destroy deport enable disable assign ensure' -d 'Change the system'
complete -c postfix-multi -s a -l all -d 'All instances'
complete -c postfix-multi -s g -l group -x -a '(__postfix_multi_told 2)' -d 'The instances of a group'
complete -c postfix-multi -s i -l instance -x -a '- (__postfix_multi_told 1)' -d 'One instance'
complete -c postfix-multi -s G -l set-group -x -a '(__postfix_multi_told 2)' -d 'The group to be in'
complete -c postfix-multi -s I -l set-name -x -a 'postfix-' -d 'The name to have'
complete -c postfix-multi -s R -l reverse -d 'The last instance first'
complete -c postfix-multi -s j -l json -d 'A line of JSON for each'
complete -c postfix-multi -l format -x -a 'table json openmetrics' -d 'Form of the report'
complete -c postfix-multi -l check -d 'One line for a monitor, and its exit statuses'
complete -c postfix-multi -s w -l warning -x -a '500 deferred=100' -d 'Warn if there are more messages'
complete -c postfix-multi -s c -l critical -x -a '5000 deferred=1000' -d 'Critical if there are more messages'
complete -c postfix-multi -s v -l verbose -d 'Tell each step'
complete -c postfix-multi -l dry-run -d 'Show what would be run or changed, and do nothing'
complete -c postfix-multi -l enabled -d 'With ensure: it is enabled'
complete -c postfix-multi -l disabled -d 'With ensure: it is not enabled'
complete -c postfix-multi -l absent -d 'With ensure: it is not there'
complete -c postfix-multi -l from -x -a '(__fish_complete_directories)' -d 'With ensure: it has the files of a folder'
complete -c postfix-multi -l wait -x -a '30s 1m 5m' -d 'How long to wait for another change to end'
complete -c postfix-multi -l jobs -x -a 'auto 2 4 8 16' -d 'Let up to this many instances be busy at once'
complete -c postfix-multi -l timeout -x -a '30s 1m 5m' -d 'End an instance\'s command that takes longer'
complete -c postfix-multi -l query-timeout -x -a '10s 30s 1m' -d 'Take an instance for damaged if postconf takes longer'
complete -c postfix-multi -l summary -a 'table json' -d 'Print at the end what became of each instance'
complete -c postfix-multi -l help -d 'Show a short description'
complete -c postfix-multi -l version -d 'Show the version'
complete -c postfix-multi -n '__fish_seen_argument -s p -l postfix' -a 'start stop quick-stop abort drain reload flush status check set-permissions upgrade-configuration'
complete -c postfix-multi -n 'not __fish_seen_argument -s p -l postfix -s x -l execute -s e -l edit -s l -l list' -a 'check foreground status'
