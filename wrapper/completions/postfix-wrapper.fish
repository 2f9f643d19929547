# Completion of postfix-wrapper for fish. A test compares the options with the program's own.

complete -c postfix-wrapper -f
complete -c postfix-wrapper -l jobs -x -a 'auto 2 4 8 16' -d 'Let up to this many instances be busy at once'
complete -c postfix-wrapper -l timeout -x -a '30s 1m 5m' -d 'End an instance\'s command that takes longer'
complete -c postfix-wrapper -l query-timeout -x -a '10s 30s 1m' -d 'Take an instance for damaged if postconf takes longer'
complete -c postfix-wrapper -l summary -a 'table json' -d 'Print a summary at the end'
complete -c postfix-wrapper -l dry-run -d 'Print what would be run, and run nothing'
complete -c postfix-wrapper -l verbose -d 'Tell each step'
complete -c postfix-wrapper -l help -d 'Show a short description'
complete -c postfix-wrapper -l version -d 'Show the version'
complete -c postfix-wrapper -n __fish_use_subcommand -a 'start stop quick-stop abort drain reload flush status check set-permissions upgrade-configuration'
