# fish completion for catalogctl, written by `catalogctl completion fish`.
# Load it in one shell: catalogctl completion fish | source
# In every shell: put it into ~/.config/fish/completions/catalogctl.fish

set -g __catalogctl_places 'demo' 'enrich' 'extract' 'refresh' 'serve' 'events' 'events tail' 'jobs' 'jobs list' 'jobs show' 'runs' 'runs list' 'runs show' 'runs watch' 'runs cancel' 'runs retry' 'status' 'workers' 'workers list' 'catalog' 'catalog show' 'catalog search' 'catalog describe' 'catalog toggle' 'catalog export' 'kpis' 'questions' 'sources' 'sources add' 'sources list' 'sources test' 'sources remove' 'completion' 'doctor' 'llm' 'llm status' 'llm models' 'llm costs' 'store' 'store copy' 'worker'

# True when the words before the cursor lead to the command given as arguments.
function __catalogctl_at
    set -l words (commandline -opc)
    set -e words[1]
    set -l place
    set -l skips 0
    for word in $words
        if test $skips = 1
            set skips 0
            continue
        end
        switch $word
            case --allow-host --allow-origin --before --concurrency --cursor-file --days --deadline --format --host --kind --limit --max-cost --max-stream-age --max-streams --max-streams-per-client --model --path --port --run --sample --server --since --source --status --store --table --timeout --tls-cert --tls-key --token --token-file --topic --trusted-proxy --type
                set skips 1
            case '-*'
            case '*'
                if contains -- (string join ' ' -- $place $word) $__catalogctl_places
                    set -a place $word
                end
        end
    end
    test (string join ' ' -- $place) = (string join ' ' -- $argv)
end

complete -c catalogctl -f
complete -c catalogctl -l help -s h -d 'Show this message and exit'
complete -c catalogctl -l server -x -d 'Talk to the server at this address'
complete -c catalogctl -l store -r -F -d 'Keep everything in this file'
complete -c catalogctl -l token -x -d 'The server\'s token; shows in ps, so better set the variable'
complete -c catalogctl -l json -d 'One JSON object a line'
complete -c catalogctl -l quiet -d 'Say only what was asked for, and errors'
complete -c catalogctl -l verbose -d 'Say more, and show tracebacks'
complete -c catalogctl -l no-color -d 'No colours'
complete -c catalogctl -l version -d 'Show the version and leave'
complete -c catalogctl -n '__catalogctl_at' -a demo -d 'Build a sample shop database, extract and enrich it live, and say what to try next'
complete -c catalogctl -n '__catalogctl_at' -a enrich -d 'Describe what was extracted: tables, columns, synonyms, keys, key figures, questions; watch it live'
complete -c catalogctl -n '__catalogctl_at' -a extract -d 'Extract a database or a folder into the catalogue and watch it live; the exit status is its outcome'
complete -c catalogctl -n '__catalogctl_at' -a refresh -d 'Extract a source and then enrich it, in one run, and watch that live; the exit status is its outcome'
complete -c catalogctl -n '__catalogctl_at' -a serve -d 'Serve the catalogue: web pages, live event streams and the JSON API, with a worker of its own'
complete -c catalogctl -n '__catalogctl_at' -a events -d 'Follow the log of events'
complete -c catalogctl -n '__catalogctl_at' -a jobs -d 'See the jobs of the runs'
complete -c catalogctl -n '__catalogctl_at' -a runs -d 'See runs, watch them live, cancel and retry them'
complete -c catalogctl -n '__catalogctl_at' -a status -d 'Tell whether anything runs; a pending run counts'
complete -c catalogctl -n '__catalogctl_at' -a workers -d 'See who does the work'
complete -c catalogctl -n '__catalogctl_at' -a catalog -d 'Read and search the catalogue, and add what you know'
complete -c catalogctl -n '__catalogctl_at' -a kpis -d 'List the key figures that enrichment has found, each with its trend; pipes and --json get the SQL too'
complete -c catalogctl -n '__catalogctl_at' -a questions -d 'List the questions that the data can answer, as enrichment suggests them'
complete -c catalogctl -n '__catalogctl_at' -a sources -d 'Register databases and folders, try them, forget them'
complete -c catalogctl -n '__catalogctl_at' -a completion -d 'Print the completion script of a shell; its first lines say where to put it'
complete -c catalogctl -n '__catalogctl_at' -a doctor -d 'Look at the environment, the settings, the store, the server and the sources; a line each'
complete -c catalogctl -n '__catalogctl_at' -a llm -d 'Try the language model, and see what it has cost'
complete -c catalogctl -n '__catalogctl_at' -a store -d 'Move the store to another place'
complete -c catalogctl -n '__catalogctl_at' -a worker -d 'Do the work of any run in this store, until a signal; serve has a worker of its own'
complete -c catalogctl -n '__catalogctl_at demo' -l path -r -F -d 'Keep the sample database here; beside the store by default'
complete -c catalogctl -n '__catalogctl_at demo' -l serve -d 'Leave the server running afterwards'
complete -c catalogctl -n '__catalogctl_at demo' -l port -x -d 'Its port; 0 takes a free one'
complete -c catalogctl -n '__catalogctl_at enrich' -F
complete -c catalogctl -n '__catalogctl_at enrich' -l table -x -d 'Only this table; may be repeated'
complete -c catalogctl -n '__catalogctl_at enrich' -l model -x -d 'Ask this model instead of the one that is set up'
complete -c catalogctl -n '__catalogctl_at enrich' -l max-cost -x -d 'Send nothing more once the run has cost so much'
complete -c catalogctl -n '__catalogctl_at enrich' -l dry-run -d 'Say what would be sent and what it would cost; send nothing'
complete -c catalogctl -n '__catalogctl_at enrich' -l detach -d 'Start it and leave; it goes on in the background'
complete -c catalogctl -n '__catalogctl_at enrich' -l timeout -x -d 'Give up after this time, such as 90 or 5m'
complete -c catalogctl -n '__catalogctl_at extract' -F
complete -c catalogctl -n '__catalogctl_at extract' -l table -x -d 'Only this table; may be repeated'
complete -c catalogctl -n '__catalogctl_at extract' -l sample -x -d 'Profile at most so many rows of each table'
complete -c catalogctl -n '__catalogctl_at extract' -l estimate -d 'Read no rows: take the server\'s own statistics, and a small sample where there are none'
complete -c catalogctl -n '__catalogctl_at extract' -l deadline -x -d 'Give up on a table after this time'
complete -c catalogctl -n '__catalogctl_at extract' -l detach -d 'Start it and leave; it goes on in the background'
complete -c catalogctl -n '__catalogctl_at extract' -l timeout -x -d 'Give up after this time, such as 90 or 5m'
complete -c catalogctl -n '__catalogctl_at refresh' -F
complete -c catalogctl -n '__catalogctl_at refresh' -l table -x -d 'Only this table; may be repeated'
complete -c catalogctl -n '__catalogctl_at refresh' -l sample -x -d 'Profile at most so many rows of each table'
complete -c catalogctl -n '__catalogctl_at refresh' -l estimate -d 'Read no rows: take the server\'s own statistics, and a small sample where there are none'
complete -c catalogctl -n '__catalogctl_at refresh' -l deadline -x -d 'Give up on a table after this time'
complete -c catalogctl -n '__catalogctl_at refresh' -l model -x -d 'Ask this model instead of the one that is set up'
complete -c catalogctl -n '__catalogctl_at refresh' -l max-cost -x -d 'Send nothing more once the run has cost so much'
complete -c catalogctl -n '__catalogctl_at refresh' -l detach -d 'Start it and leave; it goes on in the background'
complete -c catalogctl -n '__catalogctl_at refresh' -l timeout -x -d 'Give up after this time, such as 90 or 5m'
complete -c catalogctl -n '__catalogctl_at serve' -F
complete -c catalogctl -n '__catalogctl_at serve' -l host -x -d 'Listen here'
complete -c catalogctl -n '__catalogctl_at serve' -l port -x -d 'The port; 0 takes a free one'
complete -c catalogctl -n '__catalogctl_at serve' -l tls-cert -r -F -d 'Certificate, for HTTPS'
complete -c catalogctl -n '__catalogctl_at serve' -l tls-key -r -F -d 'The certificate\'s key'
complete -c catalogctl -n '__catalogctl_at serve' -l open -d 'Show the pages in a browser'
complete -c catalogctl -n '__catalogctl_at serve' -l token-file -r -F -d 'Read the token from this file'
complete -c catalogctl -n '__catalogctl_at serve' -l allow-host -x -d 'Answer under this name too; may be repeated'
complete -c catalogctl -n '__catalogctl_at serve' -l allow-origin -x -d 'Pages from here may call; may be repeated'
complete -c catalogctl -n '__catalogctl_at serve' -l trusted-proxy -x -d 'Believe this proxy; may be repeated'
complete -c catalogctl -n '__catalogctl_at serve' -l max-streams -x -d 'Streams at a time; 20,000, 0 for no limit'
complete -c catalogctl -n '__catalogctl_at serve' -l max-streams-per-client -x -d 'Those of one address; 100, 0 for no limit'
complete -c catalogctl -n '__catalogctl_at serve' -l max-stream-age -x -d 'End streams after so long at most'
complete -c catalogctl -n '__catalogctl_at serve' -l portable-streams -d 'Keep streams on plain ASGI'
complete -c catalogctl -n '__catalogctl_at serve' -l concurrency -x -d 'Work on so many tables at once; as many as cores'
complete -c catalogctl -n '__catalogctl_at serve' -l no-worker -d 'Leave the work to catalogctl worker processes'
complete -c catalogctl -n '__catalogctl_at events' -a tail -d 'Print events as they happen, one a line, until Ctrl-C; without --since from now on'
complete -c catalogctl -n '__catalogctl_at events tail' -l topic -x -a 'jobs status kpis catalog llm' -d 'Only events of this topic; may be repeated'
complete -c catalogctl -n '__catalogctl_at events tail' -l run -x -d 'Only events of this run'
complete -c catalogctl -n '__catalogctl_at events tail' -l since -x -d 'Begin after this number or epoch-seq, or with what is kept: earliest'
complete -c catalogctl -n '__catalogctl_at events tail' -l cursor-file -r -F -d 'Go on after the cursor in this file, and keep it there; --since begins it'
complete -c catalogctl -n '__catalogctl_at events tail' -l limit -x -d 'End after so many events'
complete -c catalogctl -n '__catalogctl_at jobs' -a list -d 'List jobs, newest first'
complete -c catalogctl -n '__catalogctl_at jobs' -a show -d 'Show a job in full, or its tasks'
complete -c catalogctl -n '__catalogctl_at jobs list' -l source -x -d 'Only jobs on this source'
complete -c catalogctl -n '__catalogctl_at jobs list' -l status -x -a 'pending running completed failed cancelled' -d 'Only jobs of this status'
complete -c catalogctl -n '__catalogctl_at jobs list' -l type -x -a 'extraction enrichment' -d 'Only jobs of this type'
complete -c catalogctl -n '__catalogctl_at jobs list' -l before -x -d 'Only jobs with a smaller id'
complete -c catalogctl -n '__catalogctl_at jobs list' -l limit -x -d 'Show at most so many'
complete -c catalogctl -n '__catalogctl_at jobs show' -l tasks -d 'List its tasks instead: one a table or batch'
complete -c catalogctl -n '__catalogctl_at jobs show' -l status -x -a 'pending running completed failed cancelled' -d 'Only tasks of this status'
complete -c catalogctl -n '__catalogctl_at runs' -a list -d 'List runs, newest first'
complete -c catalogctl -n '__catalogctl_at runs' -a show -d 'Show a run in full, with its jobs, steps and warnings'
complete -c catalogctl -n '__catalogctl_at runs' -a watch -d 'Watch a run live, to its end; the exit status is its outcome'
complete -c catalogctl -n '__catalogctl_at runs' -a cancel -d 'End an active run as cancelled'
complete -c catalogctl -n '__catalogctl_at runs' -a retry -d 'Start a new attempt at a failed or cancelled run; only what failed is done again'
complete -c catalogctl -n '__catalogctl_at runs list' -l source -x -d 'Only runs on this source'
complete -c catalogctl -n '__catalogctl_at runs list' -l kind -x -a 'extraction enrichment refresh' -d 'Only runs of this kind'
complete -c catalogctl -n '__catalogctl_at runs list' -l status -x -a 'pending running completed failed cancelled' -d 'Only runs of this status'
complete -c catalogctl -n '__catalogctl_at runs list' -l before -x -d 'Only runs with a smaller number'
complete -c catalogctl -n '__catalogctl_at runs list' -l limit -x -d 'Show at most so many'
complete -c catalogctl -n '__catalogctl_at runs watch' -l timeout -x -d 'Give up after this time, such as 90 or 5m'
complete -c catalogctl -n '__catalogctl_at runs retry' -l watch -d 'Watch the new attempt to its end'
complete -c catalogctl -n '__catalogctl_at runs retry' -l timeout -x -d 'Give up after this time, such as 90 or 5m'
complete -c catalogctl -n '__catalogctl_at status' -l follow -d 'Show every change, until Ctrl-C'
complete -c catalogctl -n '__catalogctl_at status' -l wait-idle -d 'Return once nothing runs'
complete -c catalogctl -n '__catalogctl_at status' -l timeout -x -d 'Give up after this time, such as 90 or 5m'
complete -c catalogctl -n '__catalogctl_at workers' -a list -d 'List every worker that is known, on any machine, and what each works on'
complete -c catalogctl -n '__catalogctl_at catalog' -a show -d 'Show the tables of the catalogue, the columns of one table with what is in them, or all of one column'
complete -c catalogctl -n '__catalogctl_at catalog' -a search -d 'Find tables and columns by name, synonym and description, best first; accents and case do not matter'
complete -c catalogctl -n '__catalogctl_at catalog' -a describe -d 'Say in your own words what a table or a column is; extraction and enrichment leave that alone'
complete -c catalogctl -n '__catalogctl_at catalog' -a toggle -d 'Leave a table out of enrichment, or include it again'
complete -c catalogctl -n '__catalogctl_at catalog' -a export -d 'Write the catalogue to standard output as a document'
complete -c catalogctl -n '__catalogctl_at catalog search' -l limit -x -d 'Show at most so many'
complete -c catalogctl -n '__catalogctl_at catalog export' -l format -x -a 'json csv md' -d 'json: the whole; csv: a line a column; md: to read'
complete -c catalogctl -n '__catalogctl_at catalog export' -l no-profile -l profile -d 'With what the data looks like'
complete -c catalogctl -n '__catalogctl_at kpis' -l follow -d 'List them anew after every enrichment, until Ctrl-C'
complete -c catalogctl -n '__catalogctl_at sources' -a add -d 'Register a source: a SQLite or DuckDB file, a folder of CSV, Parquet or JSON, or a database URL'
complete -c catalogctl -n '__catalogctl_at sources' -a list -d 'List the registered sources'
complete -c catalogctl -n '__catalogctl_at sources' -a test -d 'Try whether a source can be opened and its tables listed'
complete -c catalogctl -n '__catalogctl_at sources' -a remove -d 'Forget a source and its catalogue; the source itself is not touched'
complete -c catalogctl -n '__catalogctl_at sources add' -F
complete -c catalogctl -n '__catalogctl_at completion' -a 'bash zsh fish'
complete -c catalogctl -n '__catalogctl_at llm' -a status -d 'Try the model that is set up, by a real and cheap call; the exit status says whether it answers'
complete -c catalogctl -n '__catalogctl_at llm' -a models -d 'List the models that the endpoint offers'
complete -c catalogctl -n '__catalogctl_at llm' -a costs -d 'Show what models have cost, by model and by hour (UTC); ? where the price of a call is not known'
complete -c catalogctl -n '__catalogctl_at llm costs' -l days -x -d 'Of the last so many days'
complete -c catalogctl -n '__catalogctl_at store' -a copy -d 'Copy a store with all its history into a new one, between SQLite and PostgreSQL either way'
complete -c catalogctl -n '__catalogctl_at worker' -l until-idle -d 'Leave once nothing runs'
complete -c catalogctl -n '__catalogctl_at worker' -l concurrency -x -d 'Work on so many tables at once; as many as cores'
complete -c catalogctl -n '__catalogctl_at worker' -l source -x -d 'Work on this source only; may be repeated'
