// Argo CD's own plugin server, and the side of the repo-server that talks to it. Built by
// scripts/tools against Argo CD's module.
//
//	argocd-cmp-server                             the server: as Argo CD's own program, under this name
//	cmpserver serve FOLDER                        the server, with the plugin of FOLDER/plugin.yaml
//	cmpserver match SOCKET REPOSITORY PATH        whether it discovers the application there
//	cmpserver generate SOCKET REPOSITORY PATH     its manifests
//	cmpserver load SOCKET REPOSITORY PATH COUNT   COUNT times generate at once: a line for each, with
//	                                              its seconds and the bytes of its manifests, or its error
//
// The environment of an application is read from standard input: NAME=VALUE, each with a NUL after it.
// The socket's folder is ARGOCD_PLUGINSOCKFILEPATH, the server's work folder is below
// ARGOCD_CMP_WORKDIR. A request has as many seconds as Argo CD's controller gives it: 60, or what
// ARGOCD_APPLICATION_CONTROLLER_REPO_SERVER_TIMEOUT_SECONDS says.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/argoproj/argo-cd/v3/cmd/argocd-cmp-server/commands"
	"github.com/argoproj/argo-cd/v3/cmpserver/apiclient"
	"github.com/argoproj/argo-cd/v3/util/cmp"
	"github.com/argoproj/argo-cd/v3/util/env"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if filepath.Base(os.Args[0]) == "argocd-cmp-server" {
		return commands.NewCommand().Execute()
	}
	switch verb, args := args[0], args[1:]; verb {
	case "serve":
		command := commands.NewCommand()
		command.SetArgs([]string{"--config-dir-path", args[0]})
		return command.Execute()
	case "match":
		return match(args[0], args[1], args[2])
	case "generate":
		environment, err := readEnvironment()
		if err != nil {
			return err
		}
		manifests, err := generate(args[0], args[1], args[2], environment)
		for _, manifest := range manifests {
			fmt.Println(manifest)
		}
		return err
	case "load":
		return load(args[0], args[1], args[2], args[3])
	default:
		return fmt.Errorf("no such command: %s", verb)
	}
}

func readEnvironment() ([]string, error) {
	text, err := io.ReadAll(os.Stdin)
	return strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00"), err
}

func deadline() (context.Context, context.CancelFunc) {
	seconds := env.ParseNumFromEnv("ARGOCD_APPLICATION_CONTROLLER_REPO_SERVER_TIMEOUT_SECONDS", 60, 0, 3600)
	return context.WithTimeout(context.Background(), time.Duration(seconds)*time.Second)
}

func match(socket, repository, path string) error {
	ctx, cancel := deadline()
	defer cancel()
	conn, client, err := apiclient.NewConfigManagementPluginClientSet(socket).NewConfigManagementPluginClient()
	if err != nil {
		return err
	}
	defer conn.Close()
	stream, err := client.MatchRepository(ctx)
	if err != nil {
		return err
	}
	if err := cmp.SendRepoStream(ctx, filepath.Join(repository, path), repository, stream, nil, nil); err != nil {
		return err
	}
	found, err := stream.CloseAndRecv()
	if err == nil {
		fmt.Println(found.GetIsSupported())
	}
	return err
}

func generate(socket, repository, path string, environment []string) ([]string, error) {
	ctx, cancel := deadline()
	defer cancel()
	conn, client, err := apiclient.NewConfigManagementPluginClientSet(socket).NewConfigManagementPluginClient()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stream, err := client.GenerateManifest(ctx)
	if err != nil {
		return nil, err
	}
	if err := cmp.SendRepoStream(ctx, filepath.Join(repository, path), repository, stream, environment, nil); err != nil {
		return nil, err
	}
	made, err := stream.CloseAndRecv()
	return made.GetManifests(), err
}

func load(socket, repository, path, count string) error {
	number, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	environment, err := readEnvironment()
	if err != nil {
		return err
	}
	lines := make(chan string)
	for range number {
		go func() {
			start := time.Now()
			manifests, err := generate(socket, repository, path, environment)
			if err != nil {
				lines <- err.Error()
				return
			}
			bytes := 0
			for _, manifest := range manifests {
				bytes += len(manifest)
			}
			lines <- fmt.Sprintf("%.3f %d", time.Since(start).Seconds(), bytes)
		}()
	}
	for range number {
		fmt.Println(<-lines)
	}
	return nil
}
