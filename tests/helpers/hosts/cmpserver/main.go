// Argo CD's own plugin server, and the side of the repo-server that talks to it. Built by
// scripts/tools against Argo CD's module.
//
//	cmpserver serve FOLDER                        the plugin of FOLDER/plugin.yaml
//	cmpserver match SOCKET REPOSITORY PATH        whether it discovers the application there
//	cmpserver generate SOCKET REPOSITORY PATH [NAME=VALUE ...]
//
// The socket's folder is ARGOCD_PLUGINSOCKFILEPATH, the server's work folder is below
// ARGOCD_CMP_WORKDIR.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/argoproj/argo-cd/v3/cmd/argocd-cmp-server/commands"
	"github.com/argoproj/argo-cd/v3/cmpserver/apiclient"
	"github.com/argoproj/argo-cd/v3/util/cmp"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if args[0] == "serve" {
		command := commands.NewCommand()
		command.SetArgs([]string{"--config-dir-path", args[1]})
		return command.Execute()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, client, err := apiclient.NewConfigManagementPluginClientSet(args[1]).NewConfigManagementPluginClient()
	if err != nil {
		return err
	}
	defer conn.Close()
	repository, app, env := args[2], filepath.Join(args[2], args[3]), args[4:]
	if args[0] == "match" {
		stream, err := client.MatchRepository(ctx)
		if err != nil {
			return err
		}
		if err := cmp.SendRepoStream(ctx, app, repository, stream, env, nil); err != nil {
			return err
		}
		found, err := stream.CloseAndRecv()
		if err == nil {
			fmt.Println(found.GetIsSupported())
		}
		return err
	}
	stream, err := client.GenerateManifest(ctx)
	if err != nil {
		return err
	}
	if err := cmp.SendRepoStream(ctx, app, repository, stream, env, nil); err != nil {
		return err
	}
	made, err := stream.CloseAndRecv()
	for _, manifest := range made.GetManifests() {
		fmt.Println(manifest)
	}
	return err
}
