"""The command line of drawn.py and told.py: what a file is found to hold, against a stored list of it.

    FILE                 prints the list
    FILE LIST            prints what is not as LIST has it, and fails where there is something
    --write FILE LIST    writes LIST anew
"""


def main(arguments, lines_of, differences):
    """`lines_of` a path; `differences` of two lists, as lines to read. Returns the exit status."""
    write = arguments[:1] == ["--write"]
    made = lines_of(arguments[write])
    if write:
        with open(arguments[2], "w", encoding="utf-8") as file:
            file.write("\n".join(made) + "\n")
        return 0
    if len(arguments) < 2:
        print("\n".join(made))
        return 0
    with open(arguments[1], encoding="utf-8") as file:
        different = list(differences(file.read().split("\n")[:-1], made))
    print("\n".join(different[:40]) if different else "as it was")
    return 1 if different else 0
