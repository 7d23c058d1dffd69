"""`python -m crawler` is `clippings`, and `main` the console script.

Each worker process imports that script again, since multiprocessing imports the main program for what a task may name. It has
no use for commands: they are loaded when one is run, which spares each worker .02 s of CPU.
"""


def main() -> None:
    """Run the command that the arguments name."""
    from crawler.cli import main as run

    run()


if __name__ == "__main__":
    main()
